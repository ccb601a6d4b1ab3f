"""What the pictures of tools/plot.py share: colours, lines, hatches."""
# Okabe and Ito's palette: distinct for all common colour vision deficiencies, and in grey.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
LINES = ["-", (0, (6, 2)), (0, (2, 1.2)), (0, (6, 2, 1.5, 2)), (0, (1, 1)), (0, (8, 2, 2, 2, 2, 2)), "-"]
HATCHES = ["", "///", "...", "xx", "\\\\\\", "++", "oo"]


def nothing(axes, why):
    axes.text(0.5, 0.5, why, ha="center", va="center", transform=axes.transAxes, color="#666666")
    axes.set_axis_off()
