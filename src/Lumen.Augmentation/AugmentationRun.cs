using Lumen.Datasets;
using Lumen.Files;
using Lumen.Generation;

namespace Lumen.Augmentation;

/// <summary>
/// One run of an augmentation into its output folder. A picture's way: <see cref="SourceFile"/> (its files are read),
/// <see cref="SourcePicture"/> (its layout is extracted), <see cref="VariantRequest"/> (a new picture is asked for),
/// <see cref="GeneratedVariant"/> (it is made), <see cref="ManifestEntry"/> (it is written and recorded).
/// </summary>
internal sealed class AugmentationRun : IDisposable
{
    private const int SourcesAhead = 4;
    private readonly AugmentationScan _scan;
    private readonly Dataset _dataset;
    private readonly AugmentationOptions _options;
    private readonly string _output;
    private readonly ImageGenerator _generator;
    private readonly VariantMaker _maker;
    private readonly AugmentedFolder _folder;
    private readonly StagedWriter _staged;
    private readonly Manifest _manifest;
    private readonly VariantWriter _writer;
    private readonly AugmentationPlan _plan;
    private readonly VariantQueue _queue;
    private long _given; // sources that any process has claimed, as far as this one knows

    public AugmentationRun(Dataset dataset, string output, ImageGenerator generator, AugmentationScan scan)
    {
        (_dataset, _output, _generator, _scan, _options) = (dataset, output, generator, scan, scan.Options);
        if (generator.Adapter is null)
            throw new LumenException(
                $"The model {generator.Model.Name} has no adapter, so it cannot read layouts. Give `Adapter` a LUMEN adapter folder."
            );
        _options.RequireClip(generator);
        _plan = new AugmentationPlanner(scan).Plan(output);
        using var prepared = OutputFolder.Prepare(output);
        _staged = new StagedWriter(output, _options.Shard, _options.HardLinks);
        try
        {
            AugmentationSettings.Agree(output, dataset, generator, _options);
            _manifest = Manifest.Append(output, _options.Shard);
        }
        catch
        {
            _staged.Dispose(); // the folder is not this run's
            throw;
        }
        _maker = new VariantMaker(generator, _options.Generation, VariantSizing.Of(_options));
        _queue = new VariantQueue(_maker.RequestsAtOnce);
        _folder = new AugmentedFolder(scan, output, _staged);
        _writer = new VariantWriter(dataset, generator, _maker, _options, _staged);
    }

    /// <summary>Whose thread computes; null for the one that calls.</summary>
    public LumenPipeline? Pipeline { get; init; }

    /// <summary>Does everything; what is finished when <paramref name="stop"/> is signalled stays.</summary>
    public void Run(Action<AugmentationResult> send, IProgress<AugmentationProgress>? progress, CancellationToken stop)
    {
        _folder.CopyOriginals(progress, stop);
        _folder.WriteListsIfMissing();
        _manifest.WriteHead(isFinished: false, _folder.OriginalsSha256);
        var isFinished = false;
        var key = $"{_generator.Adapter!.Basis.Hash} overview";
        var processes = _scan.Processes;
        if (processes.Rank > 0)
            processes.Wait(); // until process 0 has kept the layouts of the held-out parts
        using var heldOut = HeldOutIndex.Read(
            (_dataset, _scan.Split),
            _options.HeldOutCheck,
            picture => Compute(() => _maker.Overview(picture)),
            (Path.Combine(_output, "lumen", "held-out.safetensors"), key),
            done => progress?.Report(new AugmentationProgress(AugmentationStage.HeldOut, done, _plan.HeldOut)),
            stop
        );
        if (processes.Rank == 0)
            processes.Wait();
        var recorded = AugmentationScan.Recorded(_output);
        processes.Wait(); // nobody records anything before all know what is recorded
        try
        {
            Generate((heldOut, recorded), send, progress, stop);
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
        foreach (var request in _queue.Waiting)
            request.Source.Dispose();
        _maker.Dispose();
        _folder.Dispose();
        _manifest.Dispose();
        _staged.Dispose();
    }

    // Files are read on one thread and written on another; this one computes.
    private void Generate(
        (HeldOutIndex HeldOut, IReadOnlyDictionary<(string, int), ManifestEntry> Recorded) known,
        Action<AugmentationResult> send,
        IProgress<AugmentationProgress>? progress,
        CancellationToken stop
    )
    {
        var heldOut = known.HeldOut;
        using var recorder = new VariantRecorder(_writer, _manifest, _options, _output)
        {
            Send = send,
            Progress = progress,
            Checkpoint = Checkpoint,
            Given = () => Math.Min(_plan.Total, _plan.Done + Volatile.Read(ref _given) * _options.Variants),
        };
        recorder.Begin(_plan);
        foreach (var file in ReadAhead.Of(Read(known.Recorded, heldOut), SourcesAhead))
        {
            stop.ThrowIfCancellationRequested();
            Request(file, heldOut, recorder);
            while (_queue.TakeFull() is { } full)
                Make(full, recorder, stop);
        }
        while ((_queue.TakeFull() ?? _queue.TakeRest()) is { } rest)
            Make(rest, recorder, stop);
        recorder.Finish();
    }

    // What is finished is listed before the run is, so that a crash leaves a data set with it.
    private void Checkpoint()
    {
        _folder.TryWriteLists();
        _manifest.WriteHead(isFinished: false, _folder.OriginalsSha256);
    }

    private IEnumerable<SourceFile> Read(IReadOnlyDictionary<(string, int), ManifestEntry> recorded, HeldOutIndex heldOut) =>
        from source in Claimed(
            _scan.Items().Select(item => (Item: item, Pending: _scan.Pending(item, recorded))).Where(source => source.Pending.Count > 0)
        )
        select SourceFile.Read(_dataset, source.Item, source.Pending, _options.Keep, heldOut.DuplicateOf);

    // Those that this process is given; all where it is alone.
    private IEnumerable<T> Claimed<T>(IEnumerable<T> sources)
    {
        if (_scan.Processes.Size == 1)
        {
            foreach (var source in sources)
                yield return source;
            yield break;
        }
        using var claims = _scan.Processes.Claim(int.MaxValue).GetEnumerator();
        claims.MoveNext();
        var index = 0;
        foreach (var source in sources)
        {
            if (index++ < claims.Current)
                continue;
            Volatile.Write(ref _given, index);
            yield return source;
            claims.MoveNext();
        }
        Volatile.Write(ref _given, index);
    }

    // Extracts the layout of a source and asks for its new pictures, unless it cannot be read or a held-out part has it too.
    private void Request(SourceFile file, HeldOutIndex heldOut, VariantRecorder recorder)
    {
        if (file.Failure is { } failure)
        {
            recorder.Fail(file, failure);
            return;
        }
        if (file.DuplicateOf is { } same)
        {
            recorder.LeaveOut(file, "duplicate", same);
            return;
        }
        try
        {
            var source = Compute(() => _maker.Open(file.Picture!)) with { File = file };
            using var overview = heldOut.ComparesLayouts && !_maker.OpensOverviews ? Compute(() => _maker.Overview(file.Picture!)) : null;
            if (heldOut.Nearest((overview ?? source.Layout).Layout) is { } nearest && nearest.Similarity >= _options.LeakThreshold)
            {
                source.Dispose();
                recorder.LeaveOut(file, "near_duplicate", nearest.Name);
                return;
            }
            source.Retain(file.Pending.Count);
            foreach (var (number, prompt) in file.Pending)
                _queue.Add(Attempt(source, number, prompt, 0));
        }
        catch (LumenException fault)
        {
            recorder.Fail(file, fault.Message);
        }
    }

    private VariantRequest Attempt(SourcePicture source, int number, PromptChoice prompt, int attempt)
    {
        var seed = VariantMaker.SeedOf(_options.Seed, source.File!.Item.Picture, number, attempt);
        return new VariantRequest(source, prompt, seed, _maker.ConditioningScaleOf(attempt)) { Number = number, Attempt = attempt };
    }

    // A picture below the agreement or obedience asked for is asked for again until the retries are used up; then the best attempt counts.
    private void Make(IReadOnlyList<VariantRequest> requests, VariantRecorder recorder, CancellationToken stop)
    {
        foreach (var (request, variant, failure) in TryMake(requests, stop))
        {
            if (variant is null)
            {
                recorder.Fail(request, failure!);
                request.Source.Release();
                continue;
            }
            var best =
                request.Best is { } earlier && !_writer.IsAccepted(variant) && earlier.Agreement.Mean >= variant.Agreement.Mean
                    ? earlier
                    : variant;
            if (_writer.IsAccepted(best) || request.Attempt >= _options.Retries)
            {
                recorder.Keep(best);
                request.Source.Release();
            }
            else
                _queue.Add(Attempt(request.Source, request.Number, request.Prompt, request.Attempt + 1) with { Best = best });
        }
    }

    // One picture that cannot be made must not cost its neighbours: where a batch fails, each is tried alone.
    private IReadOnlyList<(VariantRequest Request, GeneratedVariant? Made, string? Failure)> TryMake(
        IReadOnlyList<VariantRequest> requests,
        CancellationToken stop
    )
    {
        try
        {
            return
            [
                .. Compute(() => _maker.Make(requests, stop))
                    .Zip(requests, (made, request) => (request, (GeneratedVariant?)made, (string?)null)),
            ];
        }
        catch (LumenException fault) when (requests.Count == 1)
        {
            return [(requests[0], null, fault.Message)];
        }
        catch (LumenException)
        {
            return [.. requests.SelectMany(request => TryMake([request], stop))];
        }
    }

    private T Compute<T>(Func<T> work) => Pipeline is null ? work() : Pipeline.UseGeneratorAsync((_, _) => work()).GetAwaiter().GetResult();
}
