using System.Globalization;
using System.Text;
using System.Text.Json;
using Lumen.Augmentation;
using Lumen.Captioning;
using Lumen.Core.Processes;
using Lumen.Datasets;
using Lumen.Files;
using Lumen.Generation;
using Lumen.Imaging;

namespace Lumen.Cli;

/// <summary>Runs <c>lumen augment</c>: plans, generates, reports.</summary>
internal sealed class AugmentRun(Terminal terminal, AugmentSettings settings, ICommunicator processes, CancellationToken stop)
{
    private const int Previews = 4,
        PreviewSide = 256;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private readonly List<AugmentationResult> _previews = [];
    private readonly HashSet<string> _warned = new(StringComparer.Ordinal);
    private (long Count, string? First) _failures;

    public int Run()
    {
        var dataset = DatasetFormats.OpenPictures(settings.Dataset, settings.Format, settings.Data);
        using var model = DiffusionModel.Load(settings.Model, settings.Placement, settings.ModelFile);
        using var threads = new ComputeThreads(model);
        using var backbone = settings.BackboneWeights is { } weights
            ? VisionBackboneFile.Open(weights, settings.Placement, registry: model.Registry)
            : null;
        using var adapter = LayoutAdapter.Load(settings.Adapter, model, backbone);
        settings.Options.Generation.NewSampler(model.Schedule); // refuses what does not fit before anything is computed
        WarnOfPrompts(model);
        using var evaluator = ObedienceEvaluator.ForModel(settings.Model, settings.Clip, settings.Phrases, settings.Placement.Device);
        var augmentation = new DatasetAugmentation(
            new ImageGenerator(model, adapter) { Workers = threads.Workers, Obedience = evaluator },
            settings.Prompts,
            settings.Options
        )
        {
            Processes = processes,
        };
        var plan = augmentation.Plan(dataset, settings.Output);
        if (!settings.IsJson || settings.IsDryRun)
            Introduce(dataset, plan);
        foreach (var warning in plan.Warnings)
            terminal.Warn(warning);
        try
        {
            if (processes.Rank == 0)
                Rehearse(model, augmentation, dataset, plan);
            if (settings.IsDryRun)
                return 0;
            Generate(augmentation, dataset);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            terminal.EndLine();
            terminal.Error.WriteLine(
                $"Stopped. {AugmentationReport.Of(settings.Output).Accepted} pictures are made and listed; nothing is half written. "
                    + "The same command goes on."
            );
            if (processes.Size > 1)
                throw; // the others may not have been told
            return 130;
        }
        GatherFailures();
        return processes.Rank == 0 ? Report(plan) : 0;
    }

    // Those of all processes, once all are done.
    private void GatherFailures()
    {
        (long Count, string? First)[] all =
        [
            .. processes
                .Gather(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{_failures.Count} {_failures.First}")))
                .Select(bytes => Encoding.UTF8.GetString(bytes).Split(' ', 2))
                .Select(parts => (long.Parse(parts[0], CultureInfo.InvariantCulture), parts[1].Length > 0 ? parts[1] : null)),
        ];
        _failures = (all.Sum(one => one.Count), all.Select(one => one.First).FirstOrDefault(first => first is not null));
    }

    private void WarnOfPrompts(DiffusionModel model)
    {
        foreach (var entry in settings.Prompts.Domains.Concat(settings.Prompts.Styles))
        {
            PromptWarnings.OfPrompt(terminal, model, $"prompt \"{entry.Name}\"", entry.Prompt);
            if (!string.IsNullOrWhiteSpace(entry.Negative))
                PromptWarnings.OfPrompt(terminal, model, $"negative prompt of \"{entry.Name}\"", entry.Negative);
        }
    }

    private void Introduce(Dataset dataset, AugmentationPlan plan)
    {
        var settled = plan.Done > 0 ? $", {plan.Done} of them settled by earlier runs" : "";
        var heldOut =
            plan.HeldOut > 0 ? $"; {plan.HeldOut} held-out pictures stay untouched"
            : dataset.Splits.Contains(SplitNames.All) ? "; the data set has no parts, so nothing guards pictures that you mean to test on"
            : "";
        var shard = settings.Options.Shard.Count > 1 ? $", shard {settings.Options.Shard.Index} of {settings.Options.Shard.Count}" : "";
        terminal.Note($"data     {dataset.Format}, {plan.Items} pictures of {plan.Split}{shard}{heldOut}");
        if (plan.Items < plan.PartItems && settings.Options.Limit is not null)
            terminal.Note(
                $"limit    of {plan.PartItems} pictures of {plan.Split}, spread over it; only these and their labels are copied. "
                    + "Without --limit the same command goes on to the whole data set."
            );
        if (settings.Prompts.Template.Contains("{caption}", StringComparison.Ordinal))
            terminal.Note($"captions {plan.Captioned} of {plan.Items} pictures have a caption");
        terminal.Note(
            dataset is PlainPictures
                ? "labels   none: the folder is laid out as no data set with labels is, so it is taken for pictures alone"
                : $"labels   {plan.Labelled} of {plan.Items} pictures have their labels"
        );
        terminal.Note($"plan     {plan.Total} new pictures{settled}");
        foreach (var (name, count) in plan.Domains)
            terminal.Note($"         {count, 6}  {name}");
    }

    // Before anything is written: what it will take, and whether the model knows such pictures.
    private void Rehearse(DiffusionModel model, DatasetAugmentation augmentation, Dataset dataset, AugmentationPlan plan)
    {
        PromptWarnings.OfSteps(terminal, model, settings.Options.Generation);
        if (plan.Total == plan.Done)
            return;
        if (augmentation.Estimate(dataset, plan, stop) is not { } estimate)
            return;
        AugmentWarnings.OfKind(terminal, estimate, ModelOptions.IsBuiltIn(settings.Model), settings.AllowsToy);
        if (settings.IsJson && !settings.IsDryRun)
            return;
        terminal.Note(
            string.Create(
                CultureInfo.InvariantCulture,
                $"estimate {AugmentReport.Time(estimate.Time / processes.Size)} at {estimate.SecondsPerPicture:0.00} s each"
                    + $"{(processes.Size > 1 ? $" by {processes.Size} processes" : "")}, and "
                    + $"{AugmentReport.Size(estimate.Bytes)} on the disk ({AugmentReport.Size(estimate.OriginalBytes)} of it originals)"
            )
        );
    }

    private void Generate(DatasetAugmentation augmentation, Dataset dataset)
    {
        using var report = new AugmentReport(terminal, settings.IsJson);
        foreach (var result in augmentation.RunAsync(dataset, settings.Output, report, stop).ToBlockingEnumerable(CancellationToken.None))
        {
            if (result.Failure is { } failure)
            {
                _failures = (_failures.Count + 1, _failures.First ?? failure);
                terminal.Warn(failure);
            }
            if (result.PromptCut is { } cut && _warned.Add(cut))
                terminal.Warn($"A prompt is longer than the model reads. This part is not used: \"{cut}\"");
            if (result.Entry is { LeftOut: "duplicate" or "near_duplicate" } entry)
                terminal.Warn(
                    $"{entry.Source} is left out: it {(entry.LeftOut == "duplicate" ? "is the same file as" : "looks like")} the "
                        + $"held-out {entry.Like}."
                );
            Preview(result);
        }
        if (_previews.Count is > 0 and < Previews)
            WritePreview();
    }

    private void Preview(AugmentationResult result)
    {
        if (result.Picture is null || processes.Rank > 0 || _previews.Count >= Previews)
            return;
        _previews.Add(result);
        if (_previews.Count == Previews)
            WritePreview();
    }

    private void WritePreview()
    {
        var rows = _previews
            .Select(result => (IReadOnlyList<Picture>)[Shown(result.Original!), Shown(result.Picture!), Shown(result.Confidence!)])
            .ToArray();
        var captions = _previews.Select(result => $"{result.Entry!.Prompt} ({Figures(result.Entry)})").ToArray();
        var path = Path.Combine(settings.Output, "lumen", "preview.png");
        PngWriter.WriteRgb(
            path,
            ContactSheet.Compose(rows, ["source", "new picture", "agreement"], captions, new ContactSheetOptions { CaptionLines = 8 })
        );
        if (!settings.IsJson)
            terminal.Note($"preview  {path}");
    }

    private static string Figures(ManifestEntry entry) =>
        string.Create(CultureInfo.InvariantCulture, $"{entry.Agreement:0.00}")
        + (entry.Obedience is { } obedience ? string.Create(CultureInfo.InvariantCulture, $", obedience {obedience.Score:0.00}") : "");

    private static Picture Shown(Picture picture)
    {
        var scale = PreviewSide / (double)Math.Max(picture.Width, picture.Height);
        return Resizing.Resize(
            picture,
            Math.Max(1, (int)Math.Round(picture.Width * scale)),
            Math.Max(1, (int)Math.Round(picture.Height * scale))
        );
    }

    private int Report(AugmentationPlan plan)
    {
        var report = AugmentationReport.Of(settings.Output);
        var json = report.ToJson();
        json["failed"] = _failures.Count;
        AtomicFile.Write(Path.Combine(settings.Output, "lumen", "report.json"), Encoding.UTF8.GetBytes(json.ToJsonString(Indented) + "\n"));
        if (settings.IsJson)
            terminal.Line(json.ToJsonString(Indented));
        else
        {
            terminal.Line(report.ToText());
            terminal.Note($"wrote    {report.Accepted} new pictures{(plan.Labelled > 0 ? " with their labels" : "")} to {settings.Output}");
        }
        if (report.Rejected > report.Accepted)
            terminal.Warn(
                "More pictures were rejected than made: "
                    + (
                        settings.Options.MinAgreement is { } least
                            ? string.Create(
                                CultureInfo.InvariantCulture,
                                $"their layouts agree with those of their sources by less than {least} (--min-agreement)"
                            )
                            : ""
                    )
                    + (settings.Options is { MinAgreement: not null, MinObedience: not null } ? ", or " : "")
                    + (
                        settings.Options.MinObedience is { } obeyed
                            ? string.Create(
                                CultureInfo.InvariantCulture,
                                $"they obey their prompts by less than {obeyed} (--min-obedience)"
                            )
                            : ""
                    )
                    + ". Look at lumen/preview.png: either the model does not keep these layouts or obey these prompts, or its figures "
                    + "are lower in general and the limit should be, too."
            );
        if (_failures.Count == 0)
            return 0;
        terminal.Error.WriteLine(
            $"error: {_failures.Count} {(_failures.Count == 1 ? "picture" : "pictures")} of the data set could not be used, the "
                + $"first: {_failures.First} The others are done; the same command tries these again."
        );
        return 2;
    }
}
