using System.Globalization;
using System.Security.Cryptography;
using Lumen.Captioning;
using Lumen.Conditions;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Layouts;
using Lumen.Models.Text;
using static TorchSharp.torch;

namespace Lumen;

/// <summary>
/// A request that was checked, from its arguments to pictures. It is made on the caller's thread, where it computes nothing, and runs on
/// the model's.
/// </summary>
internal sealed class PipelineRun : IDisposable
{
    private readonly OpenedModel _opened;
    private readonly LumenRequest _request;
    private readonly GenerationOptions _options;
    private readonly NeuralLayout? _layout; // a copy: the caller may dispose its own at any time
    private ExtractedLayout? _extracted;
    private PhraseShares? _seen; // of the reference
    private int _begun;

    /// <exception cref="LumenException">The request or an option cannot be used.</exception>
    public PipelineRun(OpenedModel opened, LumenRequest request, GenerationOptions options)
    {
        ArgumentNullException.ThrowIfNull(request.Prompt, nameof(request));
        (_opened, _request, _options) = (opened, request, options);
        options.Validate(opened.Model.Schedule.Config.TrainTimesteps);
        options.NewSampler(opened.Model.Schedule);
        RequirePrompt(request.Prompt, nameof(LumenRequest.Prompt));
        ArgumentNullException.ThrowIfNull(options.NegativePrompt, nameof(options));
        RequirePrompt(options.NegativePrompt, nameof(GenerationOptions.NegativePrompt));
        RequireSteering();
        if (options.Components is { } components && components > (opened.Layouts?.Basis.Components ?? components))
            throw new LumenException(
                LumenErrorKind.Option,
                $"`Components` must be 1 to {opened.Layouts!.Basis.Components}, those of the adapter's layouts, but is {components}."
            );
        if (request.Layout is not { } layout)
            return;
        layout.Require(opened.Layouts!.Basis);
        using var scope = NewDisposeScope();
        _layout = layout.With(layout.Map);
    }

    /// <summary>Marks the run as begun: its pictures are computed while they are taken, and kept nowhere.</summary>
    /// <exception cref="InvalidOperationException">It was begun before.</exception>
    public void Begin()
    {
        if (Interlocked.Exchange(ref _begun, 1) != 0)
            throw new InvalidOperationException(
                "These pictures were enumerated before, and are computed only once. Keep them in a list, or call "
                    + $"{nameof(LumenPipeline.GenerateAsync)} again: the same options give the same pictures."
            );
    }

    /// <summary>Generates, picture by picture.</summary>
    /// <param name="progress">Called with what is being done.</param>
    /// <param name="whileOpen">Runs a decoding unless the model was closed, and then answers with nothing.</param>
    /// <param name="stop">Stops before the next call of a network.</param>
    public IEnumerable<GeneratedPicture> Pictures(
        IProgress<LumenProgress>? progress,
        Func<Func<IReadOnlyList<Picture>>, IReadOnlyList<Picture>> whileOpen,
        CancellationToken stop
    )
    {
        var request = RequestOf(progress, stop);
        var steps = progress is null ? null : new Steps(progress, whileOpen);
        var index = 0;
        foreach (var pass in _opened.Generator.GeneratePasses(request, _options, steps, stop))
        foreach (var picture in pass)
            yield return Finished(request, index++, picture, stop);
    }

    /// <summary>
    /// Generates the pictures of several runs together, one each. A run that is stopped is left out, or its picture dropped; the others go
    /// on.
    /// </summary>
    /// <param name="runs">Of options that differ in seed, negative prompt and size at most.</param>
    /// <param name="parts">Who is told of each, and who stops it.</param>
    /// <param name="whileOpen">Runs a decoding unless the model was closed, and then answers with nothing.</param>
    /// <param name="stop">Stops all of them before the next call of a network.</param>
    public static IEnumerable<(int Part, GeneratedPicture Picture)> Together(
        IReadOnlyList<PipelineRun> runs,
        IReadOnlyList<LumenPart> parts,
        Func<Func<IReadOnlyList<Picture>>, IReadOnlyList<Picture>> whileOpen,
        CancellationToken stop
    )
    {
        var chosen = Enumerable.Range(0, runs.Count).Where(part => !parts[part].Stop.IsCancellationRequested).ToList();
        if (chosen.Count == 0)
            yield break;
        var requests = chosen
            .Select(part =>
                runs[part].RequestOf(parts[part].Progress, stop) with
                {
                    Seed = runs[part]._options.Seed,
                    NegativePrompt = runs[part]._options.NegativePrompt,
                }
            )
            .ToList();
        var options = Common(runs[chosen[0]]._options);
        foreach (var (of, pictures) in runs[0]._opened.Generator.Together(requests, options, Told, stop))
        foreach (var (at, picture) in of.Zip(pictures))
            if (!parts[chosen[at]].Stop.IsCancellationRequested)
                yield return (chosen[at], runs[chosen[at]].Finished(requests[at], 0, picture, stop));

        void Told(int[] of, GenerationStep step)
        {
            foreach (var (place, at) in of.Index())
                if (parts[chosen[at]] is { Progress: { } progress, Stop.IsCancellationRequested: false })
                    progress.Report(
                        new LumenProgress(LumenStage.Denoising, step.Index, step.Total)
                        {
                            Decode = () => whileOpen(() => [step.Preview()[place]]),
                        }
                    );
        }
    }

    /// <summary>What the options of runs that are computed together must have in common.</summary>
    public static GenerationOptions Common(GenerationOptions options) =>
        options with
        {
            Seed = 0,
            NegativePrompt = "",
            Width = null,
            Height = null,
            BatchSize = null,
        };

    private GeneratedPicture Finished(GenerationRequest request, int index, Picture picture, CancellationToken stop)
    {
        var layout = _layout ?? _extracted?.Layout;
        double? agreement = layout is null ? null : _opened.Generator.Agreement(picture, layout, stop: stop);
        var record = RecordOf(request, index, layout, agreement) with { Obedience = ObedienceOf(picture) };
        return new GeneratedPicture(index, picture, record);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _layout?.Dispose();
        _extracted?.Dispose();
    }

    private PromptObedience? ObedienceOf(Picture picture)
    {
        if (_opened.Obedience is not { } evaluator || !evaluator.Asks(_request.Prompt))
            return null;
        if (_request.Reference is { } reference)
            _seen ??= evaluator.Look(reference);
        return evaluator.Of(_request.Prompt, evaluator.Look(picture), _seen);
    }

    private void RequirePrompt(string prompt, string property)
    {
        if (WeightedPrompt.Parse(prompt).Parts.Any(part => !float.IsFinite((float)part.Weight)))
            throw new LumenException(
                LumenErrorKind.Option,
                $"The prompt \"{prompt}\" gives words a weight without bounds. Weigh them between 0 and 2, or put a backslash before "
                    + "brackets that are part of the text."
            )
            {
                Properties = [property],
            };
        if (prompt.Contains('\0'))
            throw new LumenException(LumenErrorKind.Option, "The prompt contains a NUL character, which no PNG file can say. Remove it.")
            {
                Properties = [property],
            };
    }

    private void RequireSteering()
    {
        if (_options.Strength < 1 && _request.Initial is null)
            throw new LumenException(
                LumenErrorKind.Option,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Strength {_options.Strength} keeps a part of a picture to begin from, but the request has no Initial picture. "
                        + $"Give it one, or leave Strength at 1; the weight of the layout is ConditioningScale."
                )
            )
            {
                Properties = [nameof(GenerationOptions.Strength), nameof(LumenRequest.Initial)],
            };
        if (new object?[] { _request.Layout, _request.ConditionImage, _request.Reference }.Count(given => given is not null) > 1)
            throw new LumenException(
                LumenErrorKind.Option,
                "`Layout`, `ConditionImage` and `Reference` exclude each other, but more than one was given. Leave the others out."
            );
        var (model, layouts, conditions) = (_opened.Model.Name, _opened.Layouts, _opened.Conditions);
        if (_request.Layout is not null && layouts is null)
            throw new LumenException(
                LumenErrorKind.Option,
                $"The model {model} was opened with {_opened.Described}, which reads no layouts. Open it with an `Adapter` that was "
                    + "trained on layouts, or leave `Layout` out."
            );
        if (_request.ConditionImage is not null && conditions is null)
            throw new LumenException(
                LumenErrorKind.Option,
                $"The model {model} was opened with {_opened.Described}, which reads no condition images. Open it with an ordinary "
                    + "ControlNet as `Adapter`, or leave `ConditionImage` out."
            );
        if (_request.Reference is null)
            return;
        if (layouts is null && conditions is null)
            throw new LumenException(
                LumenErrorKind.Option,
                $"The model {model} was opened with {_opened.Described}, so nothing reads a reference. Open it with an `Adapter`, or leave "
                    + "`Reference` out."
            );
        if (conditions is { NeedsPictureOnly: false })
            throw new LumenException(
                LumenErrorKind.Option,
                $"The adapter {conditions.Name} is steered by {conditions.Producer?.Name ?? "pictures that it does not describe"}, which a "
                    + "picture alone does not give. Draw what it reads and give it as `ConditionImage` instead of `Reference`."
            );
    }

    private GenerationRequest RequestOf(IProgress<LumenProgress>? progress, CancellationToken stop)
    {
        var generator = _opened.Generator;
        if (_request.Reference is { } reference)
        {
            progress?.Report(new LumenProgress(LumenStage.Extracting, 0, 1));
            var size = SizeOf(reference);
            if (_opened.Layouts is not null)
            {
                _extracted = generator.ExtractLayout(reference, size, stop: stop);
                return GenerationRequest.For(_extracted, _request.Prompt) with { Initial = _request.Initial };
            }
            var fitted = Resizing.Cover(reference, size.Width, size.Height);
            var drawn = _opened.Conditions!.ImageOf(new AnnotatedPicture(fitted));
            return generator.RequestFor(drawn, _request.Prompt, size) with { Initial = _request.Initial };
        }
        if (_request.ConditionImage is { } condition)
            return generator.RequestFor(condition, _request.Prompt, SizeOf(condition)) with { Initial = _request.Initial };
        if (_layout is not null)
            return generator.RequestFor(_layout, _request.Prompt, _options) with { Initial = _request.Initial };
        var native = _opened.Model.NativeSize;
        var (width, height) = _request.Initial is { } from
            ? SizeOf(from)
            : LayoutExtractor.SizeFor(WorkingSize.Of(_opened.Model), (native, native), _options.Width, _options.Height);
        var cell = _opened.Model.SizeMultiple;
        return new GenerationRequest(_request.Prompt, null, width, height)
        {
            PaddedWidth = (width + cell - 1) / cell * cell,
            PaddedHeight = (height + cell - 1) / cell * cell,
            Initial = _request.Initial,
        };
    }

    private (int Width, int Height) SizeOf(Picture picture) =>
        LayoutExtractor.SizeFor(WorkingSize.Of(_opened.Model), (picture.Width, picture.Height), _options.Width, _options.Height);

    private GenerationRecord RecordOf(GenerationRequest request, int index, NeuralLayout? layout, double? agreement)
    {
        using var used = layout is not null && _options.Components is { } components ? layout.First(components) : null;
        return new GenerationRecord
        {
            Prompt = request.Prompt,
            Options = _options with
            {
                Scheduler = _options.SchedulerFor(_opened.Model.Schedule),
                Width = request.Width,
                Height = request.Height,
            },
            Item = request.FirstItem + index,
            Model = (_opened.Model.Name, _opened.Model.WeightsHash),
            Adapter = request is { Layout: null, ConditionImage: null } ? null : _opened.Adapter,
            Layout = layout is null
                ? null
                : new LayoutRecord(
                    layout.BasisHash,
                    Convert.ToHexStringLower(SHA256.HashData((used ?? layout).Map.bytes)),
                    (_options.Components ?? layout.Components, layout.Components),
                    agreement ?? 0
                ),
            ComputeType = _opened.Model.Placement.Compute == ScalarType.BFloat16 ? "bfloat16" : "float32",
            Threads = get_num_threads(),
        };
    }

    private sealed class Steps(IProgress<LumenProgress> progress, Func<Func<IReadOnlyList<Picture>>, IReadOnlyList<Picture>> whileOpen)
        : IProgress<GenerationStep>
    {
        public void Report(GenerationStep value) =>
            progress.Report(new LumenProgress(LumenStage.Denoising, value.Index, value.Total) { Decode = () => whileOpen(value.Preview) });
    }
}
