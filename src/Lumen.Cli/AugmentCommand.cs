using System.CommandLine;

namespace Lumen.Cli;

/// <summary><c>lumen augment</c>: a labelled data set in, an augmented one out.</summary>
internal static class AugmentCommand
{
    private const string Description = """
        Augment a labelled data set: new pictures of its training part that keep the layout, so that the labels carry over.

        The output folder is the same data set with the new pictures in it, with copies of their sources' label files and with lists that name them. Pictures without labels will do, too: any folder of them. Validation and test pictures are never used. Run the same command again to continue a run that was stopped or killed; several processes share the work under mpirun -np R, or with --shard. manifest.jsonl says how each picture was made, lumen/preview.png shows the first ones.
        """;

    public static Command Build(Terminal terminal, CancellationToken stop)
    {
        var flags = new AugmentFlags();
        var command = new Command("augment", Description);
        foreach (var option in flags.All)
            command.Options.Add(option);
        var (placement, single) = (PlacementFlags.AddTo(command), ModelFileFlags.AddTo(command));
        command.SetAction(parsed =>
            Job.Together(
                terminal,
                "lumen augment",
                processes => new AugmentRun(terminal, flags.Read(parsed, single, placement), processes, stop).Run()
            )
        );
        return command;
    }
}
