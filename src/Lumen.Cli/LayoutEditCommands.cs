using System.CommandLine;
using Lumen.Layouts;

namespace Lumen.Cli;

/// <summary>
/// The verbs that edit a layout: <c>lumen layout mix</c>, <c>paste</c>, <c>erase</c>, <c>mirror</c>, <c>rotate</c>, <c>keep</c>,
/// <c>drop</c>, <c>scale</c>.
/// </summary>
internal static class LayoutEditCommands
{
    public static IEnumerable<Command> All(Terminal terminal) =>
        [
            Mix(terminal),
            Paste(terminal),
            Erase(terminal),
            Mirror(terminal),
            Rotate(terminal),
            Keep(terminal),
            Drop(terminal),
            Scale(terminal),
        ];

    private static Command Mix(Terminal terminal)
    {
        var command = new Command(
            "mix",
            """
            Mix two layouts: B where a mask is white, A elsewhere.

            Both must come from one basis. The result has A's size; where B has another number of cells it is stretched to A's.
            """
        );
        var (first, second) = (
            LayoutEditRun.Input("A", "Layout that is changed"),
            LayoutEditRun.Input("B", "Layout that parts are taken from")
        );
        var amount = Flag.Number(
            "--amount",
            "How much of B, 0 to 1, inside the mask or region; everywhere if neither is given. Default: 1."
        );
        command.Arguments.Add(first);
        command.Arguments.Add(second);
        var area = new LayoutEditArea(command, "B is taken");
        command.Options.Add(amount);
        var run = new LayoutEditRun(terminal, command);
        command.SetAction(parsed =>
        {
            var share = parsed.GetValue(amount);
            if (share is not (null or >= 0 and <= 1))
                throw new LumenException($"--amount must be 0 to 1 but is {share}.");
            return run.Run(
                parsed,
                [parsed.GetValue(first)!, parsed.GetValue(second)!],
                area.File(parsed),
                layouts =>
                {
                    var selected = area.Of(parsed, layouts[0]);
                    if (selected is null && share is null)
                        throw new LumenException(
                            "Say where B is taken: --mask FILE, --region X,Y,WIDTH,HEIGHT, or --amount X for everywhere in part."
                        );
                    var mask = (selected ?? LayoutMask.Everything(layouts[0])) * (share ?? 1);
                    return (LayoutEditing.Mix(layouts[0], layouts[1], mask), mask);
                }
            );
        });
        return command;
    }

    private static Command Paste(Terminal terminal)
    {
        var command = new Command(
            "paste",
            """
            Paste a rectangle of layout B into layout A.

            Both must come from one basis; name one file twice to copy within it. Sides are rounded to whole cells, and what reaches beyond A is cut.
            """
        );
        var (onto, from) = (
            LayoutEditRun.Input("A", "Layout that is changed"),
            LayoutEditRun.Input("B", "Layout that the rectangle is taken from")
        );
        var region = LayoutEditArea.Region("The rectangle, in pixels of B's picture.").Mandatory();
        var to = Flag.Pixels(
            "--to",
            "X,Y",
            "Where its upper left corner goes, in pixels of A's picture. Default: where it was in B.",
            numbers => (X: numbers[0], Y: numbers[1])
        );
        command.Arguments.Add(onto);
        command.Arguments.Add(from);
        command.Options.Add(region);
        command.Options.Add(to);
        var run = new LayoutEditRun(terminal, command);
        command.SetAction(parsed =>
            run.Run(
                parsed,
                [parsed.GetValue(onto)!, parsed.GetValue(from)!],
                null,
                layouts =>
                {
                    var source = parsed.GetValue(region)!.Value;
                    return (LayoutEditing.Paste(layouts[0], layouts[1], source, parsed.GetValue(to) ?? (source.X, source.Y)), null);
                }
            )
        );
        return command;
    }

    private static Command Erase(Terminal terminal)
    {
        var command = new Command(
            "erase",
            """
            Erase part of a layout: its cells become the mean of all layouts, which says nothing.

            The results of lumen generate are free to fill that part as the prompt and the surroundings suggest.
            """
        );
        var input = LayoutEditRun.Input("LAYOUT", "Layout that is changed");
        command.Arguments.Add(input);
        var area = new LayoutEditArea(command, "cells are erased");
        var run = new LayoutEditRun(terminal, command);
        command.SetAction(parsed =>
            run.Run(
                parsed,
                [parsed.GetValue(input)!],
                area.File(parsed),
                layouts =>
                {
                    var mask =
                        area.Of(parsed, layouts[0])
                        ?? throw new LumenException("Say what to erase: --mask FILE or --region X,Y,WIDTH,HEIGHT.");
                    return (LayoutEditing.Erase(layouts[0], mask), mask);
                }
            )
        );
        return command;
    }

    private static Command Mirror(Terminal terminal)
    {
        var command = new Command("mirror", "Mirror a layout: left becomes right, or top becomes bottom.");
        var input = LayoutEditRun.Input("LAYOUT", "Layout that is mirrored");
        var axis = Flag.Choice(
            "--axis",
            ["horizontal", "vertical"],
            "Exchange left and right (horizontal) or top and bottom (vertical). Default: horizontal."
        );
        command.Arguments.Add(input);
        command.Options.Add(axis);
        var run = new LayoutEditRun(terminal, command);
        command.SetAction(parsed =>
            run.Run(
                parsed,
                [parsed.GetValue(input)!],
                null,
                layouts =>
                    (
                        LayoutEditing.Mirror(layouts[0], parsed.GetValue(axis) == "vertical" ? MirrorAxis.Vertical : MirrorAxis.Horizontal),
                        null
                    )
            )
        );
        return command;
    }

    private static Command Rotate(Terminal terminal)
    {
        var command = new Command(
            "rotate",
            """
            Rotate a layout's components by a random orthogonal matrix.

            Every cell keeps its length and its angles to the others, but no component means what it did: an adapter that was trained on layouts as they are no longer understands it. For experiments.
            """
        );
        var input = LayoutEditRun.Input("LAYOUT", "Layout that is rotated");
        var seed = Flag.Seed("--seed", "Seed of the matrix. Default: 1.");
        var inverse = Flag.Switch("--inverse", "Rotate back what was rotated with this seed.");
        command.Arguments.Add(input);
        command.Options.Add(seed);
        command.Options.Add(inverse);
        var run = new LayoutEditRun(terminal, command);
        command.SetAction(parsed =>
            run.Run(
                parsed,
                [parsed.GetValue(input)!],
                null,
                layouts =>
                {
                    var number = parsed.GetValue(seed) ?? 1;
                    return (
                        parsed.GetValue(inverse) ? LayoutEditing.RotateBack(layouts[0], number) : LayoutEditing.Rotate(layouts[0], number),
                        null
                    );
                }
            )
        );
        return command;
    }

    private static Command Keep(Terminal terminal) =>
        Components(terminal, "keep", "Keep some components of a layout; the others become zero.", "Components to keep", LayoutEditing.Keep);

    private static Command Drop(Terminal terminal) =>
        Components(terminal, "drop", "Drop some components of a layout: they become zero.", "Components to drop", LayoutEditing.Drop);

    private static Command Scale(Terminal terminal)
    {
        var factor = Flag.Number("--factor", "What they are multiplied by; below 0 turns their signs.").Mandatory();
        var command = Components(
            terminal,
            "scale",
            "Multiply some components of a layout by a factor.",
            "Components to scale",
            (layout, components, parsed) => LayoutEditing.Scale(layout, components, parsed.GetValue(factor)!.Value)
        );
        command.Options.Add(factor);
        return command;
    }

    private static Command Components(
        Terminal terminal,
        string name,
        string description,
        string what,
        Func<NeuralLayout, IReadOnlyCollection<int>, NeuralLayout> edit
    ) => Components(terminal, name, description, what, (layout, components, _) => edit(layout, components));

    private static Command Components(
        Terminal terminal,
        string name,
        string description,
        string what,
        Func<NeuralLayout, IReadOnlyCollection<int>, ParseResult, NeuralLayout> edit
    )
    {
        var command = new Command(name, description);
        var (input, list) = (LayoutEditRun.Input("LAYOUT", "Layout that is changed"), ComponentList.Argument(what));
        command.Arguments.Add(input);
        command.Arguments.Add(list);
        var run = new LayoutEditRun(terminal, command);
        command.SetAction(parsed =>
            run.Run(parsed, [parsed.GetValue(input)!], null, layouts => (edit(layouts[0], parsed.GetValue(list)!, parsed), null))
        );
        return command;
    }
}
