using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Core.Files;
using Lumen.Core.Imaging;
using Lumen.Generation;
using Lumen.Layouts;
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
        var picture = settings.Source.Reference is { } file ? PictureReader.Read(file) : null;
        using var stored = settings.Source.Layout is { } path ? NeuralLayout.Load(path) : null;
        using var model = DiffusionModel.Load(settings.Model, settings.Placement, settings.ModelFile);
        using var backbone = settings.BackboneWeights is { } weights ? VisionBackboneFile.Open(weights, settings.Placement) : null;
        using var adapter = LayoutAdapter.Load(settings.Adapter, model, backbone);
        settings.Options.NewSampler(model.Schedule);   // refuses what does not fit before anything is computed
        var generator = new ImageGenerator(model, adapter);
        WarnWhereCut(model, "prompt", settings.Prompt);
        WarnWhereCut(model, "negative prompt", settings.Options.NegativePrompt);
        using var read = picture is null ? null : generator.ExtractLayout(picture, LayoutReader.SizeFor(WorkingSize.Of(model), (picture.Width, picture.Height), settings.Size.Width, settings.Size.Height));
        if (read is not null) LayoutCommand.WarnOfDrift(terminal, adapter.Basis, [(settings.SourceFile, read.RelativeError)]);
        var full = read?.Layout ?? stored!;
        full.Require(adapter.Basis);
        using var first = settings.Components is { } n ? full.First(n) : null;
        var layout = first ?? full;
        var request = Request(model, read, layout);
        OutputFolder.Prepare(settings.Output);
        if (!settings.IsJson) Introduce(model, adapter, request);
        var results = Enumerable.Range(0, settings.Count).Select(item => Generate(generator, request with { FirstItem = item }, full)).ToArray();
        var sheet = Path.Combine(settings.Output, $"{Name}-sheet.png");
        PngWriter.WriteRgb(sheet, GenerationSheet.Compose(read?.Picture, layout, [.. results.Select(result => (result.Picture, $"{settings.Prompt} (agreement {result.Agreement:0.00})"))]));
        Report(results, sheet);
        return 0;
    }

    private string Name => Path.GetFileNameWithoutExtension(settings.SourceFile);

    private GenerationRequest Request(DiffusionModel model, LayoutOfPicture? read, NeuralLayout layout)
    {
        if (read is not null) return GenerationRequest.For(read, settings.Prompt) with { Layout = layout };
        var (width, height) = settings.Size == (null, null)
            ? (layout.ImageWidth, layout.ImageHeight)
            : LayoutReader.SizeFor(WorkingSize.Of(model), (layout.ImageWidth, layout.ImageHeight), settings.Size.Width, settings.Size.Height);
        var cell = model.SizeMultiple;
        return new GenerationRequest(settings.Prompt, layout, width, height) { PaddedWidth = (width + cell - 1) / cell * cell, PaddedHeight = (height + cell - 1) / cell * cell };
    }

    private Result Generate(ImageGenerator generator, GenerationRequest request, NeuralLayout full)
    {
        var watch = Stopwatch.StartNew();
        using var bar = new ProgressBar(terminal, settings.Count > 1 ? $"picture {request.FirstItem + 1}" : "steps");
        var steps = new Steps(bar, watch);
        var picture = generator.Generate(request, settings.Options, steps, stop)[0];
        var seconds = watch.Elapsed.TotalSeconds;
        var agreement = generator.Agreement(picture, full);
        var path = Path.Combine(settings.Output, $"{Name}-{request.FirstItem}.png");
        PngWriter.WriteRgb(path, picture, Record(generator, request, agreement).ToPngText());
        bar.Dispose();
        if (!settings.IsJson) terminal.Line($"wrote    {path}  (layout agreement {agreement:0.000}, {seconds:0.0} s)");
        return new Result(picture, path, request.FirstItem, agreement, seconds);
    }

    private GenerationRecord Record(ImageGenerator generator, GenerationRequest request, double agreement) => new()
    {
        Prompt = settings.Prompt,
        Options = settings.Options,
        Sampler = settings.Options.SamplerName(generator.Model.Schedule),
        Item = request.FirstItem,
        Width = request.Width,
        Height = request.Height,
        Model = (generator.Model.Name, generator.Model.WeightsHash),
        Adapter = (generator.Adapter!.Name, generator.Adapter.WeightsHash),
        BasisHash = generator.Adapter.Basis.Hash,
        Source = (Path.GetFileName(settings.SourceFile), Hash(File.ReadAllBytes(settings.SourceFile)), settings.Source.Reference is not null),
        LayoutHash = Hash(request.Layout!.Map.bytes),
        Components = (settings.Components ?? request.Layout.Components, request.Layout.Components),
        ComputeType = generator.Model.Placement.Compute == ScalarType.BFloat16 ? "bfloat16" : "float32",
        LayoutAgreement = agreement,
    };

    private void Introduce(DiffusionModel model, LayoutAdapter adapter, GenerationRequest request)
    {
        var components = settings.Components is { } n && n < adapter.Basis.Components ? $"the first {n} of {adapter.Basis.Components}" : $"{adapter.Basis.Components}";
        terminal.Line($"model    {model.Name} {model.WeightsHash[..10]}, {components} layout components, results {request.Width} x {request.Height}");
    }

    private void Report(Result[] results, string sheet)
    {
        var seconds = _watch.Elapsed.TotalSeconds;
        if (!settings.IsJson)
        {
            terminal.Line($"wrote    {sheet}");
            terminal.Line($"done in {seconds:0.0} s");
            return;
        }
        var pictures = results.Select(result => (JsonNode)new JsonObject
        {
            ["file"] = result.Path,
            ["item"] = result.Item,
            ["layout_agreement"] = Math.Round(result.Agreement, 4),
            ["seconds"] = Math.Round(result.Seconds, 3),
        });
        terminal.Line(new JsonObject
        {
            ["pictures"] = new JsonArray([.. pictures]),
            ["sheet"] = sheet,
            ["seed"] = settings.Options.Seed,
            ["layout_agreement"] = Math.Round(results.Average(result => result.Agreement), 4),
            ["seconds"] = Math.Round(seconds, 3),
        }.ToJsonString(Indented));
    }

    private void WarnWhereCut(DiffusionModel model, string what, string text)
    {
        if (model.Tokenizer.Encode(text).Truncated is { } cut)
            terminal.Warn($"The {what} is longer than the {model.Tokenizer.MaxLength - 2} tokens that {model.Name} reads. This part is not used: \"{cut}\"");
    }

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private sealed record Result(Picture Picture, string Path, long Item, double Agreement, double Seconds);

    private sealed class Steps(ProgressBar bar, Stopwatch watch) : IProgress<GenerationStep>
    {
        public void Report(GenerationStep value) => bar.Report(value.Index, value.Total, $"{watch.Elapsed.TotalSeconds / value.Index:0.00} s/step");
    }
}
