using System.CommandLine;
using System.Text;
using Lumen.Core.Processes;
using Lumen.Datasets;
using Lumen.Files;
using Lumen.Imaging;
using Lumen.Scenes;
using Lumen.Training.Data;
using Lumen.Training.Perception;

namespace Lumen.Cli;

/// <summary><c>lumen evaluate perception</c>: what a perception network sees, against what is true.</summary>
internal static class EvaluatePerception
{
    private const int SheetPictures = 6;

    private const string Description = """
        Evaluate a perception network on held-out street scenes, or on a labelled data set: what it sees is compared with the truth: classes, depth, normals, instances, headings.

        With --output-dir also writes report.json and a contact sheet. mpirun -np R shares the pictures among R processes.
        """;

    public static Command Build(Terminal terminal, CancellationToken stop)
    {
        var network = Flag.Text("--network", "DIR", "Folder that lumen train perception wrote (OUTPUT/perception).").Mandatory();
        var scenes = Flag.Whole("--scenes", "Street scenes. Default: 200.");
        var split = Flag.Choice(
            "--split",
            ["validation", "test"],
            "Which street scenes; neither shares a layout with those of training. Default: test."
        );
        var seed = Flag.Seed("--seed", "Seed of the street scenes. Default: 1.");
        var detail = DetailFlag.Make();
        var resolution = Flag.Whole("--resolution", "Side in pixels, divisible by 8. Default: 128.");
        var dataset = Flag.Text(
            "--dataset",
            "DIR",
            "Evaluate on this labelled data set instead of street scenes; its classes must be the network's."
        );
        var part = Flag.Text("--dataset-split", "NAME", "Part of the data set. Default: its last one.");
        var cache = Flag.Text("--cache-dir", "DIR", "Folder for rendered pictures and labels. Default: .work/cache.");
        var output = Flag.Text("--output-dir", "DIR", "Folder for the report and a contact sheet. Default: nothing is written.");
        var json = Flag.Switch("--json", "Print the report as JSON.");
        var command = new Command("perception", Description)
        {
            network,
            scenes,
            split,
            seed,
            detail,
            resolution,
            dataset,
            part,
            cache,
            output,
            json,
        };
        var placement = PlacementFlags.AddTo(command);
        command.SetAction(parsed =>
        {
            var side = parsed.GetValue(resolution) ?? 128;
            var count = Positive("--scenes", parsed.GetValue(scenes) ?? 200);
            return Job.Together(terminal, "lumen evaluate perception", Evaluate);

            int Evaluate(ICommunicator processes)
            {
                using var evaluator = PerceptionEvaluator.Load(parsed.GetValue(network)!, placement.Of(parsed));
                var target = processes.Rank == 0 ? parsed.GetValue(output) : null;
                using var prepared = target is null ? null : OutputFolder.Prepare(target);
                if (processes.Rank > 0)
                    processes.Wait(); // until process 0 has rendered what is missing
                var data = parsed.GetValue(dataset) is { } folder ? OfDataset(folder) : OfScenes();
                if (processes.Rank == 0)
                    processes.Wait();
                using var bar = new ProgressBar(terminal, "evaluated");
                var report = PerceptionFigures.Of(evaluator, data, new Count(bar, data.Count), processes, stop);
                bar.Dispose();
                if (processes.Rank > 0)
                    return 0;
                terminal.Line(parsed.GetValue(json) ? report.ToJson() : report.ToText().TrimEnd());
                if (target is not null)
                    Write(target, report, evaluator, data);
                return 0;
            }

            PerceptionData OfDataset(string folder)
            {
                var opened = DatasetFormats.Open(folder, options: new DatasetOptions { Formats = Extensions.Of(parsed).Formats });
                var reading = new DatasetReading { Width = side, Height = side };
                return PerceptionData.OpenDataset(opened, parsed.GetValue(part) ?? opened.Splits[^1], reading);
            }

            PerceptionData OfScenes()
            {
                var chosen = Enum.Parse<SceneSplit>(parsed.GetValue(split) ?? "test", ignoreCase: true);
                using var rendering = new ProgressBar(terminal, "pictures");
                return PerceptionData.FromScenes(
                    new SceneSelection(chosen, count, parsed.GetValue(seed) ?? 1, side) { Detail = DetailFlag.Of(parsed, detail) },
                    parsed.GetValue(cache) ?? Path.Combine(".work", "cache"),
                    new Count(rendering),
                    stop
                );
            }
        });
        return command;
    }

    private static int Positive(string option, int value) =>
        value >= 1 ? value : throw new LumenException($"{option} must be 1 or more but is {value}.");

    private static void Write(string folder, PerceptionReport report, PerceptionEvaluator evaluator, PerceptionData data)
    {
        Picture[] pictures = [.. Enumerable.Range(0, Math.Min(SheetPictures, data.Count)).Select(index => data[index].Picture)];
        using var evaluation = evaluator.Evaluate(pictures);
        PngWriter.WriteRgb(Path.Combine(folder, "sheet.png"), PerceptionDrawing.Sheet(pictures, evaluation, evaluator.Classes));
        AtomicFile.Write(Path.Combine(folder, "report.json"), Encoding.UTF8.GetBytes(report.ToJson() + "\n"));
    }

    private sealed class Count(ProgressBar bar, int total = 0) : IProgress<int>
    {
        public void Report(int value) => bar.Report(value, total);
    }
}
