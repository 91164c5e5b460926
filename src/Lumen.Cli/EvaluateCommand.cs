using System.CommandLine;
using System.Globalization;
using System.Text;
using Lumen.Captioning;
using Lumen.Core.Processes;
using Lumen.Files;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Layouts;
using Lumen.Models.Vision;
using Lumen.Research.Evaluation;

namespace Lumen.Cli;

/// <summary><c>lumen evaluate</c>: measures a model on street scenes whose layouts it has never seen.</summary>
internal static class EvaluateCommand
{
    private const string QuickDescription = """
        Render held-out street scenes, generate one picture of each with a prompt of a different appearance, and measure: autoencoder, layout, prompt, classes, seconds.

        Each figure is printed beside the bar it should reach. With --output-dir also writes report.json, report.txt and a contact sheet. mpirun -np R shares the pictures among R processes.
        """;

    private const int SceneSide = 128; // of the street world's recipes

    private const string LeakDescription =
        "Compare choices of features (block, timestep, normalisation, N): how well class, time of day and weather can be read from "
        + "one cell of the layout. A good layout tells the class alone. mpirun -np R shares the choices among R processes.";

    public static Command Build(Terminal terminal, CancellationToken stop) =>
        new("evaluate", "Measure a model, a choice of features, or a perception network on held-out pictures.")
        {
            Quick(terminal, stop),
            Leak(terminal, stop),
            EvaluatePerception.Build(terminal, stop),
        };

    private static Command Quick(Terminal terminal, CancellationToken stop)
    {
        var defaults = new QuickEvaluationOptions();
        var references = Flag.Whole("--references", $"Held-out scenes. Default: {defaults.References}.");
        var batch = Flag.Whole("--batch-size", $"Pictures at once. Default: {defaults.BatchSize}.");
        var output = Flag.Text("--output-dir", "DIR", "Folder for the report and a contact sheet. Default: nothing is written.");
        var json = Flag.Switch("--json", "Print the report as JSON.");
        var (model, adapter, weights) = (ModelOptions.Model(), ModelOptions.Adapter(), BackboneFlags.BasisWeights());
        var detail = DetailFlag.Make();
        var command = new Command("quick", QuickDescription) { references, batch, output, json, detail, model, adapter, weights };
        var obedience = new ObedienceFlags();
        foreach (var option in obedience.All)
            command.Options.Add(option);
        var flags = GenerationFlags
            .Sampling(defaults.Generation, nameof(GenerationOptions.NegativePrompt), nameof(GenerationOptions.Seed))
            .AddTo(command);
        var (placement, single) = (PlacementFlags.AddTo(command), ModelFileFlags.AddTo(command));
        command.SetAction(parsed =>
        {
            var options = defaults with
            {
                References = parsed.GetValue(references) ?? defaults.References,
                SceneDetail = DetailFlag.Of(parsed, detail),
                Generation = flags.Read(parsed, defaults.Generation),
                BatchSize = parsed.GetValue(batch) ?? defaults.BatchSize,
            };
            options.Validate();
            return Job.Together(terminal, "lumen evaluate quick", Evaluate);

            int Evaluate(ICommunicator processes)
            {
                var folder = ModelOptions.ModelFolder(parsed.GetValue(model));
                using var loaded = DiffusionModel.Load(folder, placement.Of(parsed), single.Of(parsed));
                using var threads = new ComputeThreads(loaded);
                using var backbone = ModelOptions.Located(parsed.GetValue(weights)) is { } path
                    ? VisionBackboneFile.Open(path, loaded.Placement, registry: loaded.Registry)
                    : null;
                using var own = LayoutAdapter.Load(ModelOptions.AdapterFolder(parsed.GetValue(adapter), folder), loaded, backbone);
                var (clip, phrases) = obedience.Read(parsed);
                using var evaluator = ObedienceEvaluator.ForModel(folder, clip, phrases, loaded.Placement.Device);
                var target = parsed.GetValue(output);
                using var prepared = target is null || processes.Rank > 0 ? null : OutputFolder.Prepare(target);
                using var bars = new Bars(terminal);
                var generator = new ImageGenerator(loaded, own) { Obedience = evaluator, Workers = threads.Workers };
                var report = QuickEvaluation.Run(generator, options, bars, processes, stop);
                bars.Dispose();
                if (processes.Rank > 0)
                    return 0;
                terminal.Line(parsed.GetValue(json) ? report.ToJson() : report.ToText().TrimEnd());
                if (target is not null)
                    Write(target, report);
                return 0;
            }
        });
        return command;
    }

    private static Command Leak(Terminal terminal, CancellationToken stop)
    {
        var model = ModelOptions.Model();
        var scenes = Flag.Whole(
            "--scenes",
            "Scenes that the bases are fitted to; half as many for the probes, a quarter to ask them about. Default: 300."
        );
        var defaults = new LeakStudyOptions();
        var layers = Flag.Text(
            "--layers",
            "LIST",
            $"Decoder blocks, or layers of vision transformers, separated by commas. Default: {string.Join(',', defaults.Layers)}, "
                + "or the usual layer."
        );
        var timesteps = List("--timesteps", "Timesteps, 0 to 999", defaults.Timesteps);
        var normalisations = List(
            "--normalisations",
            "Normalisations",
            defaults.Normalisations.Select(one => one.ToString().ToLowerInvariant())
        );
        var components = List("--components", "Numbers of components, or all", defaults.Components);
        var weights = Flag.Text(
            "--backbone-weights",
            "PATH,...",
            "Vision transformers to compare instead of the model's U-Net: each beside itself untrained and the pixels of its patches."
        );
        var facets = Flag.Text("--facets", "LIST", "Facets of vision transformers: token, key, query, value. Default: the usual one.");
        var resolution = Flag.Whole(
            "--resolution",
            "Shorter side of the pictures that vision transformers see, a multiple of the patch. Default: what each was trained on."
        );
        var penalties = List("--appearance-penalties", "Appearance penalties of the fit", defaults.AppearancePenalties);
        var detail = DetailFlag.Make();
        var command = new Command("leak", LeakDescription)
        {
            scenes,
            detail,
            weights,
            layers,
            facets,
            resolution,
            timesteps,
            normalisations,
            penalties,
            components,
            model,
        };
        var (placement, single) = (PlacementFlags.AddTo(command), ModelFileFlags.AddTo(command));
        command.SetAction(parsed =>
        {
            var count = parsed.GetValue(scenes) ?? 300;
            var options = new LeakStudyOptions
            {
                FitScenes = count,
                SceneDetail = DetailFlag.Of(parsed, detail),
                ProbeScenes = count / 2,
                AskedScenes = count / 4,
                Layers = Words(parsed, layers, defaults.Layers, text => text),
                Timesteps = Words(parsed, timesteps, defaults.Timesteps, text => Whole("--timesteps", text)),
                Normalisations = Words(
                    parsed,
                    normalisations,
                    defaults.Normalisations,
                    text =>
                        Enum.TryParse<FeatureNormalisation>(text, true, out var one)
                            ? one
                            : throw new LumenException($"--normalisations must be of none, centre and standardise but holds \"{text}\".")
                ),
                AppearancePenalties = Words(
                    parsed,
                    penalties,
                    defaults.AppearancePenalties,
                    text =>
                        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                            ? value
                            : throw new LumenException($"--appearance-penalties must be numbers separated by commas but holds \"{text}\".")
                ),
                Components = Words(
                    parsed,
                    components,
                    defaults.Components,
                    text => text == "all" ? LeakStudyOptions.AllComponents : Whole("--components", text)
                ),
            };
            return Job.Together(terminal, "lumen evaluate leak", Study);

            int Study(ICommunicator processes)
            {
                using var bars = new Bars(terminal);
                LeakTable table;
                if (parsed.GetValue(weights) is { } paths)
                {
                    BackboneFlags.RefuseFor(
                        "given with --backbone-weights",
                        ("--timesteps", parsed.GetValue(timesteps)),
                        ("--model", parsed.GetValue(model))
                    );
                    var what = (Words<string?>(parsed, layers, [null], text => text), Words<string?>(parsed, facets, [null], text => text));
                    using var backbones = LeakBackbones.Open(
                        paths.Split(',', StringSplitOptions.TrimEntries),
                        what,
                        parsed.GetValue(resolution),
                        placement.Of(parsed),
                        Extensions.Of(parsed).Registry
                    );
                    table = LeakStudy.Run(
                        backbones.Subjects,
                        SceneSide,
                        options with
                        {
                            SubtractPositionMeans = [false],
                        },
                        bars,
                        processes,
                        stop
                    );
                }
                else
                {
                    BackboneFlags.RefuseFor(
                        FeatureSource.StableDiffusion,
                        ("--facets", parsed.GetValue(facets)),
                        ("--resolution", parsed.GetValue(resolution))
                    );
                    using var loaded = DiffusionModel.Load(
                        ModelOptions.ModelFolder(parsed.GetValue(model)),
                        placement.Of(parsed),
                        single.Of(parsed)
                    );
                    table = LeakStudy.Run(loaded, options, bars, processes, stop);
                }
                bars.Dispose();
                if (processes.Rank == 0)
                    terminal.Line(table.ToText().TrimEnd());
                return 0;
            }
        });
        return command;
    }

    private static Option<string?> List<T>(string name, string what, IEnumerable<T> defaults) =>
        Flag.Text(name, "LIST", $"{what}, separated by commas. Default: {string.Join(',', defaults)}.");

    private static IReadOnlyList<T> Words<T>(ParseResult parsed, Option<string?> option, IReadOnlyList<T> defaults, Func<string, T> read) =>
        parsed.GetValue(option) is { } text ? [.. text.Split(',', StringSplitOptions.TrimEntries).Select(read)] : defaults;

    private static int Whole(string option, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new LumenException($"{option} must be whole numbers separated by commas but holds \"{text}\".");

    private static void Write(string folder, QuickReport report)
    {
        AtomicFile.Write(Path.Combine(folder, "report.json"), Encoding.UTF8.GetBytes(report.ToJson() + "\n"));
        AtomicFile.Write(Path.Combine(folder, "report.txt"), Encoding.UTF8.GetBytes(report.ToText()));
        if (report.Sheet() is { } sheet)
            PngWriter.WriteRgb(Path.Combine(folder, "sheet.png"), sheet);
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
