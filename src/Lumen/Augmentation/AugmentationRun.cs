using System.Diagnostics;
using Lumen.Core;
using Lumen.Core.Files;
using Lumen.Core.Imaging;
using Lumen.Datasets;
using Lumen.Generation;

namespace Lumen.Augmentation;

/// <summary>One run of an augmentation into its output folder.</summary>
internal sealed class AugmentationRun : IDisposable
{
    private readonly AugmentationScan _scan;
    private readonly Dataset _dataset;
    private readonly AugmentationOptions _options;
    private readonly string _output;
    private readonly ImageGenerator _generator;
    private readonly VariantMaker _maker;
    private readonly EnlargedFolder _folder;
    private readonly Outbox _outbox;
    private readonly Manifest _manifest;
    private readonly VariantWriter _writer;
    private readonly AugmentationPlan _plan;

    public AugmentationRun(Dataset dataset, string output, ImageGenerator generator, AugmentationScan scan)
    {
        (_dataset, _output, _generator, _scan, _options) = (dataset, output, generator, scan, scan.Options);
        if (generator.Adapter is null) throw new LumenException($"The model {generator.Model.Name} has no adapter, so it cannot read layouts. Give --adapter a LUMEN adapter folder.");
        _plan = scan.Plan(output);
        OutputFolder.Prepare(output);
        _outbox = new Outbox(output, _options.Shard, _options.HardLinks);
        AugmentationSettings.Agree(output, dataset, generator, _options);
        _manifest = Manifest.Append(output, _options.Shard);
        _maker = new VariantMaker(generator, _options.Generation, _options.Resolution);
        _folder = new EnlargedFolder(scan, output, _outbox);
        _writer = new VariantWriter(dataset, generator, _options, _outbox);
    }

    /// <summary>Does everything; what is finished when <paramref name="stop"/> is signalled stays.</summary>
    public void Run(Action<AugmentationResult> send, IProgress<AugmentationProgress>? progress, CancellationToken stop)
    {
        _folder.CopyOriginals(progress, stop);
        _folder.WriteListsIfMissing();
        var key = $"{_generator.Adapter!.Basis.Hash} {_options.Resolution}";
        using var guard = LeakGuard.Read(
            _dataset, _options.LeakCheck, _maker.Open, (Path.Combine(_output, "lumen", "held-out.safetensors"), key), done => progress?.Report(new AugmentationProgress(AugmentationStage.HeldOut, done, _plan.HeldOut)), stop);
        try
        {
            Generate(guard, send, progress, stop);
        }
        finally
        {
            _folder.WriteLists();
        }
    }

    public void Dispose()
    {
        _manifest.Dispose();
        _outbox.Dispose();
    }

    private void Generate(LeakGuard guard, Action<AugmentationResult> send, IProgress<AugmentationProgress>? progress, CancellationToken stop)
    {
        var settled = AugmentationScan.Settled(_output);
        var state = new AugmentationProgress(AugmentationStage.Generating, _plan.Done, _plan.Total);
        progress?.Report(state);
        var (watch, made) = (Stopwatch.StartNew(), 0L);
        foreach (var item in _scan.Items())
        {
            stop.ThrowIfCancellationRequested();
            var open = _scan.Open(item, settled);
            if (open.Count == 0) continue;
            foreach (var result in Item(item, open, guard, stop))
            {
                var number = result.Variant == AugmentationScan.SourceWide ? open.Count : 1;
                state = state with
                {
                    Done = state.Done + number,
                    Accepted = state.Accepted + (result.IsAccepted ? 1 : 0),
                    Rejected = state.Rejected + (result.Entry is { LeftOut: VariantWriter.Rejected } ? 1 : 0),
                    LeftOut = state.LeftOut + (result is { Variant: AugmentationScan.SourceWide, Entry: not null } ? number : 0),
                    Failed = state.Failed + (result.Failure is null ? 0 : number),
                };
                if (result.Picture is not null)
                {
                    state = state with { SecondsPerPicture = watch.Elapsed.TotalSeconds / ++made };
                    if (state.RemainingBytes == 0) state = state with { RemainingBytes = RequireSpace(result, state.Total - state.Done) };
                }
                progress?.Report(state);
                send(result);
            }
        }
    }

    private IEnumerable<AugmentationResult> Item(DatasetItem item, IReadOnlyList<(int Variant, PromptChoice Prompt)> open, LeakGuard guard, CancellationToken stop)
    {
        var opened = Try(() => Open(item, guard));
        if (opened.Value?.Source is not { } source)
        {
            yield return new AugmentationResult(item.Picture, AugmentationScan.SourceWide) { Failure = opened.Failure, Entry = opened.Value?.LeftOut };
            yield break;
        }
        using (source.Picture)
        {
            foreach (var (variant, prompt) in open)
            {
                stop.ThrowIfCancellationRequested();
                var made = Try(() => Make(item, source, variant, prompt, stop));
                yield return made.Value is { } picture ? Keep(item, source, variant, prompt, picture) : new AugmentationResult(item.Picture, variant) { Failure = made.Failure };
            }
        }
    }

    private OpenedItem Open(DatasetItem item, LeakGuard guard)
    {
        var path = _dataset.FullPath(item.Picture);
        if (item.Labels.FirstOrDefault(label => !File.Exists(_dataset.FullPath(label.Name))) is { } missing) throw new LumenException($"{item.Picture} has no label: {missing.Name} does not exist. Run lumen data check.");
        var picture = PictureReader.Read(path);
        var hash = ItemHash.OfFile(path);
        if (guard.Same(hash) is { } same) return new OpenedItem(null, LeaveOut(item, hash, "duplicate", same));
        var source = _maker.Open(picture);
        if (guard.Nearest(source.Layout.Layout) is { } nearest && nearest.Similarity >= _options.LeakThreshold)
        {
            source.Dispose();
            return new OpenedItem(null, LeaveOut(item, hash, "near_duplicate", nearest.Name));
        }
        var kept = _options.Keep is { } keep ? RegionKeeper.MaskOf(_dataset, item, keep, picture) : null;
        return new OpenedItem(new OpenedSource(source, hash, kept?.Mask, kept?.MaskSha256), null);
    }

    private ManifestEntry LeaveOut(DatasetItem item, string hash, string why, string like)
    {
        var entry = new ManifestEntry { Source = item.Picture, Variant = AugmentationScan.SourceWide, Split = item.Split, SourceSha256 = hash, LeftOut = why, Like = like };
        _manifest.Add(entry);
        return entry;
    }

    private MadePicture Make(DatasetItem item, OpenedSource source, int variant, PromptChoice prompt, CancellationToken stop)
    {
        MadePicture? best = null;
        var attempts = _options.MinAgreement is null ? 1 : 1 + _options.Retries;
        for (var attempt = 0; attempt < attempts; attempt++)
        {
            var made = _maker.Make(source.Picture, (prompt.Prompt, prompt.Negative), (attempt, VariantMaker.SeedOf(_options.Seed, item.Picture, variant, attempt), _maker.StrengthOf(attempt)), stop);
            if (best is null || made.Map.Mean > best.Map.Mean) best = made;
            if (best.Map.Mean >= (_options.MinAgreement ?? double.MinValue)) break;
        }
        return source.Kept is { } mask ? best! with { Picture = RegionKeeper.Blend(source.Picture.Original, best.Picture, mask, _options.Keep!.Feather) } : best!;
    }

    private AugmentationResult Keep(DatasetItem item, OpenedSource source, int variant, PromptChoice prompt, MadePicture made)
    {
        var entry = _writer.Write(item, source, variant, prompt, made);
        _manifest.Add(entry);
        return _writer.Result(item, source, variant, prompt, made) with { Entry = entry };
    }

    // A file that cannot be read costs its own pictures; a folder that cannot be written ends the run.
    private static (T? Value, string? Failure) Try<T>(Func<T> act)
        where T : class
    {
        try
        {
            return (act(), null);
        }
        catch (Exception fault) when (fault is LumenException or IOException or UnauthorizedAccessException)
        {
            return (null, fault.Message);
        }
    }

    // After the first picture its size is known.
    private long RequireSpace(AugmentationResult result, long left)
    {
        var file = result.Entry?.Item is { } name ? new FileInfo(Path.Combine(_output, name)).Length : result.Picture!.Rgb.Length / 2;
        var extras = result.Entry?.Extras.Sum(extra => new FileInfo(Path.Combine(_output, extra.File)).Length) ?? 0;
        var needed = (file + extras) * left + _plan.LabelBytes;
        var free = new DriveInfo(_output).AvailableFreeSpace;
        if (needed > free) throw new LumenException($"The disk of {_output} has {free / 1e9:0.0} GB free, but {left} more pictures take about {needed / 1e9:0.0} GB. Free some space, use --link or fewer --variants; what is made stays.");
        return Math.Max(1, needed);
    }

    /// <summary>A source that is ready, or the line that says why it is left out.</summary>
    private sealed record OpenedItem(OpenedSource? Source, ManifestEntry? LeftOut);
}
