using Lumen.Datasets;
using Lumen.Files;
using Lumen.Generation;

namespace Lumen.Augmentation;

/// <summary>One run of an augmentation into its output folder.</summary>
internal sealed class AugmentationRun : IDisposable
{
    private const int SourcesAhead = 4,
        FilesWaiting = 4;
    private readonly AugmentationScan _scan;
    private readonly Dataset _dataset;
    private readonly AugmentationOptions _options;
    private readonly string _output;
    private readonly ImageGenerator _generator;
    private readonly VariantMaker _maker;
    private readonly AugmentedFolder _folder;
    private readonly StagedWriter _outbox;
    private readonly Manifest _manifest;
    private readonly VariantWriter _writer;
    private readonly AugmentationPlan _plan;
    private readonly AttemptQueue _queue;

    public AugmentationRun(Dataset dataset, string output, ImageGenerator generator, AugmentationScan scan)
    {
        (_dataset, _output, _generator, _scan, _options) = (dataset, output, generator, scan, scan.Options);
        if (generator.Adapter is null)
            throw new LumenException(
                $"The model {generator.Model.Name} has no adapter, so it cannot read layouts. Give `Adapter` a LUMEN adapter folder."
            );
        _plan = scan.Plan(output);
        OutputFolder.Prepare(output);
        _outbox = new StagedWriter(output, _options.Shard, _options.HardLinks);
        try
        {
            AugmentationSettings.Agree(output, dataset, generator, _options);
            _manifest = Manifest.Append(output, _options.Shard);
        }
        catch
        {
            _outbox.Dispose(); // the folder is not this run's
            throw;
        }
        _maker = new VariantMaker(generator, _options.Generation, VariantSizing.Of(_options));
        _queue = new AttemptQueue(variant => _maker.SlotsFor(variant.Source.Picture), _maker.StrengthOf);
        _folder = new AugmentedFolder(scan, output, _outbox);
        _writer = new VariantWriter(dataset, generator, _maker, _options, _outbox);
    }

    /// <summary>Does everything; what is finished when <paramref name="stop"/> is signalled stays.</summary>
    public void Run(Action<AugmentationResult> send, IProgress<AugmentationProgress>? progress, CancellationToken stop)
    {
        _folder.CopyOriginals(progress, stop);
        _folder.WriteListsIfMissing();
        _manifest.WriteHead(isFinished: false, _folder.OriginalsSha256);
        var isFinished = false;
        var key = $"{_generator.Adapter!.Basis.Hash} overview";
        using var guard = LeakGuard.Read(
            (_dataset, _scan.Split),
            _options.LeakCheck,
            _maker.Overview,
            (Path.Combine(_output, "lumen", "held-out.safetensors"), key),
            done => progress?.Report(new AugmentationProgress(AugmentationStage.HeldOut, done, _plan.HeldOut)),
            stop
        );
        try
        {
            Generate(guard, send, progress, stop);
            isFinished = true;
        }
        finally
        {
            _folder.WriteLists();
            _manifest.WriteHead(isFinished, _folder.OriginalsSha256);
        }
    }

    public void Dispose()
    {
        foreach (var variant in _queue.Waiting)
            variant.Source.Dispose();
        _maker.Dispose();
        _folder.Dispose();
        _manifest.Dispose();
        _outbox.Dispose();
    }

    // Files are read ahead on one thread and written on another; this one computes.
    private void Generate(
        LeakGuard guard,
        Action<AugmentationResult> send,
        IProgress<AugmentationProgress>? progress,
        CancellationToken stop
    )
    {
        var settled = AugmentationScan.Settled(_output);
        var settling = new VariantRecorder(_writer, _manifest, _options, _output)
        {
            Send = send,
            Progress = progress,
            Checkpoint = Checkpoint,
        };
        using var files = new BackgroundWork(FilesWaiting);
        settling.Begin(_plan);
        foreach (var read in ReadAhead.Of(Sources(settled, guard), SourcesAhead))
        {
            stop.ThrowIfCancellationRequested();
            Open(read, guard, files, settling);
            while (_queue.TakeFull() is { } full)
                Pass(full, files, settling, stop);
        }
        while ((_queue.TakeFull() ?? _queue.TakeRest()) is { } rest)
            Pass(rest, files, settling, stop);
        files.Finish();
    }

    // What is finished is listed before the run is, so that a crash leaves a data set with it.
    private void Checkpoint()
    {
        _folder.TryWriteLists();
        _manifest.WriteHead(isFinished: false, _folder.OriginalsSha256);
    }

    private IEnumerable<ReadSource> Sources(IReadOnlyDictionary<(string, int), ManifestEntry> settled, LeakGuard guard) =>
        _scan
            .Items()
            .Select(item => (Item: item, Open: _scan.Open(item, settled)))
            .Where(found => found.Open.Count > 0)
            .Select(found => ReadSource.Of(_dataset, found.Item, found.Open, _options.Keep, guard.Same));

    private void Open(ReadSource read, LeakGuard guard, BackgroundWork files, VariantRecorder settling)
    {
        if (read.Failure is { } failure)
            files.Add(() => settling.Fail(read.Item, AugmentationScan.SourceWide, failure, read.Open.Count));
        else if (read.Same is { } same)
            files.Add(() => settling.LeaveOut(read, "duplicate", same));
        else
        {
            try
            {
                var opened = _maker.Open(read.Picture!);
                using var overview = guard.ComparesLayouts && !_maker.OpensOverviews ? _maker.Overview(read.Picture!) : null;
                if (guard.Nearest((overview ?? opened.Layout).Layout) is { } nearest && nearest.Similarity >= _options.LeakThreshold)
                {
                    opened.Dispose();
                    files.Add(() => settling.LeaveOut(read, "near_duplicate", nearest.Name));
                    return;
                }
                var source = new OpenedSource(opened, read.Sha256, read.Kept?.Mask, read.Kept?.MaskSha256);
                source.Expect(read.Open.Count);
                foreach (var (variant, prompt) in read.Open)
                    _queue.Add(new OpenVariant(read.Item, source, variant, prompt));
            }
            catch (LumenException fault)
            {
                files.Add(() => settling.Fail(read.Item, AugmentationScan.SourceWide, fault.Message, read.Open.Count));
            }
        }
    }

    // What is below the agreement asked for goes back into the queue, until the attempts are used up; then the best one counts.
    private void Pass(IReadOnlyList<OpenVariant> variants, BackgroundWork files, VariantRecorder settling, CancellationToken stop)
    {
        var made = Make(variants, stop);
        for (var at = 0; at < variants.Count; at++)
        {
            var (variant, picture) = (variants[at], made[at].Picture);
            if (picture is null)
            {
                var failure = made[at].Failure!;
                files.Add(() => settling.Fail(variant.Item, variant.Variant, failure, 1));
                variant.Source.Settle();
                continue;
            }
            var best = variant.Best is { } earlier && earlier.Map.Mean >= picture.Map.Mean ? earlier : picture;
            if (_writer.IsAccepted(best) || variant.Attempt >= _options.Retries)
            {
                files.Add(() => settling.Keep(variant, best));
                variant.Source.Settle();
            }
            else
                _queue.Add(variant with { Attempt = variant.Attempt + 1, Best = best });
        }
    }

    // One picture that cannot be made must not cost its neighbours: where a pass fails, each is tried alone.
    private IReadOnlyList<(MadePicture? Picture, string? Failure)> Make(IReadOnlyList<OpenVariant> variants, CancellationToken stop)
    {
        try
        {
            return [.. _maker.Make([.. variants.Select(Attempt)], stop).Select(made => ((MadePicture?)made, (string?)null))];
        }
        catch (LumenException fault) when (variants.Count == 1)
        {
            return [(null, fault.Message)];
        }
        catch (LumenException)
        {
            return [.. variants.SelectMany(variant => Make([variant], stop))];
        }
    }

    private VariantAttempt Attempt(OpenVariant variant) =>
        new(
            variant.Source.Picture,
            variant.Prompt.Prompt,
            variant.Prompt.Negative,
            variant.Attempt,
            VariantMaker.SeedOf(_options.Seed, variant.Item.Picture, variant.Variant, variant.Attempt),
            _maker.StrengthOf(variant.Attempt)
        );
}
