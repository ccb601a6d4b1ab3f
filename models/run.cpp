#include "models/run.h"

#include "models/traffic/mesh.h"

namespace models {

Results run(const Plan& plan, const RunOptions& options) { return Mesh(plan, options).run(); }

}  // namespace models
