using System.CommandLine;
using Lumen.Core.Files;
using Lumen.Core.Imaging;
using Lumen.Evaluation;
using Lumen.Generation;

namespace Lumen.Cli;

/// <summary><c>lumen evaluate</c>: figures of a model on scenes it has never seen.</summary>
internal static class EvaluateCommand
{
    private const string QuickDescription =
        """
        Generate one picture for each of some held-out street scenes, with a prompt of another appearance, and measure what came out.

        Prints the autoencoder's PSNR, layout retrieval and agreement, prompt obedience, cell accuracy beside its ceiling, and seconds per picture, each with its bar. With --output-dir, writes quick.json and quick.png as well.
        """;

    private const string LeakDescription =
        """
        Read time of day, weather and class off single layout cells, for several choices of features.

        A good choice keeps the class readable and the appearance not. This is how layer, timestep and normalisation of a basis are decided.
        """;

    public static Command Build(Terminal terminal, CancellationToken stop) =>
        new("evaluate", "Measure a model on street scenes it has never seen.") { Quick(terminal, stop), Leak(terminal, stop) };

    private static Command Quick(Terminal terminal, CancellationToken stop)
    {
        var (model, adapter, dtype) = (ModelOptions.Model(), ModelOptions.Adapter(), ModelOptions.DType());
        var references = Flag.Whole("--references", "Number of held-out scenes. Default: 100.");
        var steps = Flag.Whole("--steps", "Denoising steps. Default: 20.");
        var guidance = Flag.Number("--guidance-scale", "Classifier-free guidance, 1 to 50. Default: 3.");
        var strength = Flag.Number("--strength", "Weight of the adapter, 0 to 2. Default: 1.");
        var seed = Flag.Seed("--seed", "Seed of the noise. Default: 1.");
        var output = Flag.Text("--output-dir", "DIR", "Folder for quick.json and quick.png.");
        var json = new Option<bool>("--json") { Description = "Print the report as JSON." };
        var command = new Command("quick", QuickDescription) { model, adapter, dtype, references, steps, guidance, strength, seed, output, json };
        command.SetAction(parsed =>
        {
            var defaults = new QuickEvaluationOptions();
            var options = defaults with
            {
                References = parsed.GetValue(references) ?? defaults.References,
                Steps = parsed.GetValue(steps) ?? defaults.Steps,
                GuidanceScale = parsed.GetValue(guidance) ?? defaults.GuidanceScale,
                Strength = parsed.GetValue(strength) ?? defaults.Strength,
                Seed = parsed.GetValue(seed) ?? defaults.Seed,
            };
            options.Validate();
            var folder = ModelOptions.ModelFolder(parsed.GetValue(model));
            using var opened = DiffusionModel.Load(folder, ModelOptions.Placement(parsed.GetValue(dtype)));
            using var control = LayoutAdapter.Load(ModelOptions.AdapterFolder(parsed.GetValue(adapter), folder), opened);
            if (parsed.GetValue(output) is { } target) OutputFolder.Prepare(target);
            QuickReport report;
            using (var bar = new Stages(terminal)) report = QuickEvaluation.Run(new ImageGenerator(opened, control), options, bar, stop);
            terminal.Line(parsed.GetValue(json) ? report.ToJson() : report.ToText());
            if (parsed.GetValue(output) is { } place) Write(report, place);
            return 0;
        });
        return command;
    }

    private static Command Leak(Terminal terminal, CancellationToken stop)
    {
        var (model, dtype) = (ModelOptions.Model(), ModelOptions.DType());
        var command = new Command("leak", LeakDescription) { model, dtype };
        command.SetAction(parsed =>
        {
            using var opened = DiffusionModel.Load(ModelOptions.ModelFolder(parsed.GetValue(model)), ModelOptions.Placement(parsed.GetValue(dtype)));
            LeakTable table;
            using (var bar = new Stages(terminal)) table = LeakStudy.Run(opened, null, bar, stop);
            terminal.Line(table.ToText());
            return 0;
        });
        return command;
    }

    private static void Write(QuickReport report, string folder)
    {
        WholeFile.Write(Path.Combine(folder, "quick.json"), stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(report.ToJson() + "\n")));
        if (report.Sheet() is { } sheet) PngWriter.WriteRgb(Path.Combine(folder, "quick.png"), sheet);
    }

    /// <summary>One bar after the other, as the evaluation names its stages.</summary>
    private sealed class Stages(Terminal terminal) : IProgress<EvaluationProgress>, IDisposable
    {
        private ProgressBar? _bar;
        private string? _stage;

        public void Report(EvaluationProgress value)
        {
            if (value.Stage != _stage)
            {
                _bar?.Dispose();
                (_bar, _stage) = (new ProgressBar(terminal, value.Stage), value.Stage);
            }
            _bar!.Report(value.Done, value.Total);
        }

        public void Dispose() => _bar?.Dispose();
    }
}
