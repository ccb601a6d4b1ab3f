"""check_schema.py SCHEMA SOURCE_DIR: the JSON Schema is draft-07, takes every good scenario, and refuses what has
unknown keys or no units."""
import glob
import json
import sys
import warnings

import yaml

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import jsonschema


class Loader(yaml.SafeLoader):
    """YAML 1.2 enough: dates stay text, as in the simulator."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in rows if tag != "tag:yaml.org,2002:timestamp"]
    for first, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def errors(validator, path):
    with open(path, encoding="utf-8") as file:
        document = yaml.load(file, Loader=Loader)
    return [f"{path}: {list(e.absolute_path)}: {e.message[:200]}" for e in validator.iter_errors(document)]


def main():
    schema_path, source = sys.argv[1:3]
    with open(schema_path, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    good = sorted(glob.glob(f"{source}/scenarios/**/*.yaml", recursive=True))
    good.append(f"{source}/tests/scenarios/everything.yaml")
    problems = [e for path in good for e in errors(validator, path)]
    bad = ["MS012-nothing", "MS013-list-for-map", "MS014-typing-error", "MS015-every-later-word",
           "MS017-exponent", "MS018-bare-numbers", "MS019-units", "MS021-words", "MS022-names"]
    for name in bad:
        path = f"{source}/tests/scenarios/diagnostics/{name}.yaml"
        # An empty value may remove a key of an extended file: the schema lets it pass.
        if bool(errors(validator, path)) == (name == "MS012-nothing"):
            problems.append(f"{path}: the schema says {'nothing' if name != 'MS012-nothing' else 'something'}")
    print("\n".join(problems))
    return 1 if problems else 0


sys.exit(main())
