using System.CommandLine;
using System.Text;
using Lumen.Core.Files;
using Lumen.Core.Imaging;
using Lumen.Evaluation;
using Lumen.Generation;

namespace Lumen.Cli;

/// <summary><c>lumen evaluate</c>: measures a model on street scenes whose layouts it has never seen.</summary>
internal static class EvaluateCommand
{
    private const string QuickDescription =
        """
        Render held-out street scenes, generate one picture of each with a prompt of a different appearance, and measure: autoencoder, layout, prompt, classes, seconds.

        Each figure is printed beside the bar it should reach. With --output-dir also writes report.json, report.txt and a contact sheet.
        """;

    private const string LeakDescription =
        "Compare choices of features (block, timestep, normalisation, N): how well class, time of day and weather can be read from one cell of the layout. A good layout tells the class alone.";

    public static Command Build(Terminal terminal, CancellationToken stop) => new("evaluate", "Measure a model on held-out street scenes.")
    {
        Quick(terminal, stop),
        Leak(terminal, stop),
    };

    private static Command Quick(Terminal terminal, CancellationToken stop)
    {
        var defaults = new QuickEvaluationOptions();
        var references = Flag.Whole("--references", $"Held-out scenes. Default: {defaults.References}.");
        var steps = Flag.Whole("--num-inference-steps", $"Denoising steps. Default: {defaults.Steps}.", "--steps");
        var guidance = Flag.Number("--guidance-scale", $"Classifier-free guidance. Default: {defaults.GuidanceScale}.");
        var strength = Flag.Number("--controlnet-conditioning-scale", $"Weight of the layout. Default: {defaults.Strength}.", "--strength");
        var batch = Flag.Whole("--batch-size", $"Pictures at once. Default: {defaults.BatchSize}.");
        var seed = Flag.Seed("--seed", $"Seed of noise and prompts. Default: {defaults.Seed}.");
        var output = Flag.Text("--output-dir", "DIR", "Folder for the report and a contact sheet. Default: nothing is written.");
        var json = Flag.Switch("--json", "Print the report as JSON.");
        var (model, adapter, dtype) = (ModelOptions.Model(), ModelOptions.Adapter(), ModelOptions.DType());
        var command = new Command("quick", QuickDescription) { references, steps, guidance, strength, batch, seed, output, json, model, adapter, dtype };
        command.SetAction(parsed =>
        {
            var options = defaults with
            {
                References = parsed.GetValue(references) ?? defaults.References,
                Steps = parsed.GetValue(steps) ?? defaults.Steps,
                GuidanceScale = parsed.GetValue(guidance) ?? defaults.GuidanceScale,
                Strength = parsed.GetValue(strength) ?? defaults.Strength,
                BatchSize = parsed.GetValue(batch) ?? defaults.BatchSize,
                Seed = parsed.GetValue(seed) ?? defaults.Seed,
            };
            options.Validate();
            var folder = ModelOptions.ModelFolder(parsed.GetValue(model));
            using var loaded = DiffusionModel.Load(folder, ModelOptions.Placement(parsed.GetValue(dtype)));
            using var own = LayoutAdapter.Load(ModelOptions.AdapterFolder(parsed.GetValue(adapter), folder), loaded);
            var target = parsed.GetValue(output);
            if (target is not null) OutputFolder.Prepare(target);
            using var bars = new Bars(terminal);
            var report = QuickEvaluation.Run(new ImageGenerator(loaded, own), options, bars, stop);
            bars.Dispose();
            terminal.Line(parsed.GetValue(json) ? report.ToJson() : report.ToText().TrimEnd());
            if (target is not null) Write(target, report);
            return 0;
        });
        return command;
    }

    private static Command Leak(Terminal terminal, CancellationToken stop)
    {
        var (model, dtype) = (ModelOptions.Model(), ModelOptions.DType());
        var scenes = Flag.Whole("--scenes", "Scenes that the bases are fitted to; half as many for the probes, a quarter to ask them about. Default: 300.");
        var command = new Command("leak", LeakDescription) { scenes, model, dtype };
        command.SetAction(parsed =>
        {
            var count = parsed.GetValue(scenes) ?? 300;
            using var loaded = DiffusionModel.Load(ModelOptions.ModelFolder(parsed.GetValue(model)), ModelOptions.Placement(parsed.GetValue(dtype)));
            using var bars = new Bars(terminal);
            var table = LeakStudy.Run(loaded, new LeakStudyOptions { FitScenes = count, ProbeScenes = count / 2, AskedScenes = count / 4 }, bars, stop);
            bars.Dispose();
            terminal.Line(table.ToText().TrimEnd());
            return 0;
        });
        return command;
    }

    private static void Write(string folder, QuickReport report)
    {
        WholeFile.Write(Path.Combine(folder, "report.json"), Encoding.UTF8.GetBytes(report.ToJson() + "\n"));
        WholeFile.Write(Path.Combine(folder, "report.txt"), Encoding.UTF8.GetBytes(report.ToText()));
        if (report.Sheet() is { } sheet) PngWriter.WriteRgb(Path.Combine(folder, "sheet.png"), sheet);
    }

    private sealed class Bars(Terminal terminal) : IProgress<EvaluationProgress>, IDisposable
    {
        private string _stage = "";
        private ProgressBar? _bar;

        public void Report(EvaluationProgress value)
        {
            if (value.Stage != _stage)
            {
                _bar?.Dispose();
                (_stage, _bar) = (value.Stage, new ProgressBar(terminal, value.Stage));
            }
            _bar!.Report(value.Done, value.Total);
        }

        public void Dispose()
        {
            _bar?.Dispose();
            _bar = null;
        }
    }
}
