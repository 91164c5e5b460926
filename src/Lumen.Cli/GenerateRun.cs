using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Captioning;
using Lumen.Files;
using Lumen.Generation;
using Lumen.Imaging;
using static TorchSharp.torch;

namespace Lumen.Cli;

/// <summary>Runs <c>lumen generate</c>: loads, generates one picture after the other, writes, reports.</summary>
internal sealed class GenerateRun(Terminal terminal, GenerateSettings settings, CancellationToken stop)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private readonly Stopwatch _watch = Stopwatch.StartNew();

    public int Run()
    {
        settings.Validate();
        terminal.AtOnce = () => { }; // nothing is written yet, and a call of a large network may take minutes
        var content = new SteeringContent(settings.SourceFile, isPicture: settings.Source.Layout is null);
        var picture = settings.Source.Layout is null ? content.Picture() : null;
        using var model = DiffusionModel.Load(settings.Model, settings.Placement, settings.ModelFile, stop);
        using var threads = new ComputeThreads(model);
        settings.Options.NewSampler(model.Schedule); // refuses what does not fit before anything is computed
        using var source = Open(settings with { Workers = threads.Workers }, model, content, picture);
        using var evaluator = ObedienceEvaluator.ForModel(settings.Model, settings.Clip, settings.Phrases, settings.Placement.Device);
        var sheet = Path.Combine(settings.Output, $"{Name}-sheet.png");
        foreach (var written in Enumerable.Range(0, settings.Options.Count).Select(PathOf).Append(sheet))
            InputGuard.RequireOther(written, settings.SourceFile, settings.Model, settings.Adapter, settings.BackboneWeights);
        PromptWarnings.OfPrompt(terminal, model, "prompt", settings.Prompt);
        PromptWarnings.OfPrompt(terminal, model, "negative prompt", settings.Options.NegativePrompt);
        PromptWarnings.OfSteps(terminal, model, settings.Options);
        PromptWarnings.OfSize(terminal, model, source.Request.Width, source.Request.Height);
        source.Warn(terminal);
        using var prepared = OutputFolder.Prepare(settings.Output);
        terminal.AtOnce = prepared.Dispose;
        if (!settings.IsJson)
            terminal.Note(
                $"model    {model.Name} {model.WeightsHash[..10]}, {source.Introduction}, results {source.Request.Width} x "
                    + $"{source.Request.Height}"
            );
        var obedience = evaluator?.Asks(settings.Prompt) == true ? evaluator : null;
        var seen = obedience is null || settings.Source.Reference is null ? null : obedience.Look(picture!);
        var results = Generate(source, made => obedience?.Of(settings.Prompt, obedience.Look(made), seen));
        PngWriter.WriteRgb(sheet, source.Sheet([.. results.Select(result => (result.Picture, settings.Prompt + result.Figures))]));
        Report(results, sheet);
        return 0;
    }

    /// <summary>SHA-256 in lower-case hexadecimal digits.</summary>
    internal static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>
    /// Opens what steers: a condition that is given or that the adapter was trained to be steered by, otherwise a layout.
    /// </summary>
    internal static GenerateSource Open(GenerateSettings settings, DiffusionModel model, SteeringContent content, Picture? picture) =>
        settings.Source.Condition is not null || (settings.Source.Reference is not null && ControlNetAdapter.IsTrained(settings.Adapter))
            ? new ConditionSource(settings, model, content, picture!)
            : new LayoutSource(settings, model, content, picture);

    private string Name => Path.GetFileNameWithoutExtension(settings.SourceFile);

    private string PathOf(int item) => Path.Combine(settings.Output, $"{Name}-{item}.png");

    private List<Result> Generate(GenerateSource source, Func<Picture, PromptObedience?> obedience)
    {
        var results = new List<Result>();
        var watch = Stopwatch.StartNew();
        using var bar = new ProgressBar(terminal, "steps");
        foreach (var pass in source.Generator.GeneratePasses(source.Request, settings.Options, new Steps(bar), stop))
        {
            var seconds = watch.Elapsed.TotalSeconds / pass.Count;
            foreach (var picture in pass)
                results.Add(Write(source, (picture, obedience(picture)), results.Count, seconds));
            watch.Restart();
        }
        return results;
    }

    private Result Write(GenerateSource source, (Picture Picture, PromptObedience? Obedience) made, int item, double seconds)
    {
        var agreement = source.Agreement(made.Picture);
        var path = PathOf(item);
        var record = RecordOf(settings, source, item, agreement) with { Obedience = made.Obedience };
        PngWriter.WriteRgb(path, made.Picture, record.ToPngText());
        if (!settings.IsJson)
            terminal.Note(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"wrote    {path}  ({(agreement is { } value ? $"layout agreement {value:0.000}, " : "")}"
                        + $"{(made.Obedience is { } obeyed ? ObedienceFlags.Said(obeyed) + ", " : "")}{seconds:0.0} s)"
                )
            );
        return new Result(made.Picture, path, record, seconds);
    }

    /// <summary>What the PNG of a picture says about its making.</summary>
    internal static GenerationRecord RecordOf(GenerateSettings settings, GenerateSource source, long item, double? agreement) =>
        new()
        {
            Prompt = settings.Prompt,
            Options = settings.Options with
            {
                Scheduler = settings.Options.SchedulerFor(source.Generator.Model.Schedule),
                Width = source.Request.Width,
                Height = source.Request.Height,
            },
            Item = item,
            Model = (source.Generator.Model.Name, source.Generator.Model.WeightsHash),
            Adapter = source.Adapter,
            Source = (source.Kind, Path.GetFileName(settings.SourceFile), source.Content.Hash),
            Layout = source.Layout(agreement),
            ComputeType = source.Generator.Model.Placement.Compute == ScalarType.BFloat16 ? "bfloat16" : "float32",
            Threads = get_num_threads(),
        };

    private void Report(List<Result> results, string sheet)
    {
        var seconds = _watch.Elapsed.TotalSeconds;
        if (!settings.IsJson)
        {
            terminal.Note($"wrote    {sheet}");
            terminal.Note($"done in {seconds:0.0} s");
            return;
        }
        var json = new JsonObject
        {
            ["pictures"] = new JsonArray([.. results.Select(result => (JsonNode)result.ToJson())]),
            ["sheet"] = sheet,
            ["seed"] = settings.Options.Seed,
        };
        if (results.Average(result => result.Agreement) is { } agreement)
            json["layout_agreement"] = Math.Round(agreement, 4);
        if (results.Average(result => result.Record.Obedience?.Score) is { } obedience)
            json["prompt_obedience"] = Math.Round(obedience, 4);
        json["seconds"] = Math.Round(seconds, 3);
        terminal.Line(json.ToJsonString(Indented));
    }

    private sealed record Result(Picture Picture, string Path, GenerationRecord Record, double Seconds)
    {
        public double? Agreement => Record.Layout?.Agreement;

        /// <summary>The figures in brackets, as sheets show them; empty where there are none.</summary>
        public string Figures
        {
            get
            {
                string?[] figures =
                [
                    Agreement is { } agreement ? string.Create(CultureInfo.InvariantCulture, $"agreement {agreement:0.00}") : null,
                    Record.Obedience is { } obedience
                        ? string.Create(CultureInfo.InvariantCulture, $"obedience {obedience.Score:0.00}")
                        : null,
                ];
                var known = string.Join(", ", figures.Where(figure => figure is not null));
                return known.Length > 0 ? $" ({known})" : "";
            }
        }

        public JsonObject ToJson()
        {
            var json = new JsonObject
            {
                ["file"] = Path,
                ["item"] = Record.Item,
                ["seed"] = Record.PictureSeed,
            };
            if (Agreement is { } agreement)
                json["layout_agreement"] = Math.Round(agreement, 4);
            if (Record.Obedience is { } obedience)
                json["obedience"] = ObedienceJson.Of(obedience);
            json["seconds"] = Math.Round(Seconds, 3);
            return json;
        }
    }

    private sealed class Steps(ProgressBar bar) : IProgress<GenerationStep>
    {
        public void Report(GenerationStep value) => bar.Report(value.Index, value.Total);
    }
}
