using Lumen.Core.Processes;
using Lumen.Core.Tensors;
using Lumen.Models.Vision;
using static TorchSharp.torch;

namespace Lumen.Layouts;

/// <summary>
/// Fits a <see cref="LayoutBasis"/> in one pass over features, in memory that does not depend on the number of pictures. The order of the
/// pictures matters to rounding only.
/// </summary>
public sealed class BasisFitter : IDisposable
{
    private const int NoisePictures = 4; // one in so many is read again with other noise: its covariance needs few
    private readonly BasisOptions _options;
    private readonly FeatureSource _source;
    private readonly StreamingMoments _moments;
    private readonly PositionMeans _positions = new();
    private readonly FitObserver _observer;
    private readonly AppearanceMoments? _appearance;
    private readonly AppearanceMoments? _noise;

    /// <summary>A fitter that has seen nothing yet.</summary>
    /// <exception cref="LumenException">An option is out of range, or asks for more components than the source has channels.</exception>
    public BasisFitter(BasisOptions options, FeatureSource source)
    {
        options.Validate();
        if (options.Components > source.Channels)
            throw new LumenException(
                LumenErrorKind.Model,
                $"{options.Components} components were asked for, but the features of {source.Layer} have only {source.Channels} channels."
            );
        (_options, _source) = (options, source);
        _moments = new StreamingMoments(source.Channels);
        _observer = new FitObserver(options);
        if (options.AppearancePenalty > 0)
            _appearance = new AppearanceMoments(source.Channels);
        if (options.AppearancePenalty > 0 && source.Timestep >= 0)
            _noise = new AppearanceMoments(source.Channels);
    }

    /// <summary>Pictures seen so far.</summary>
    public long Pictures { get; private set; }

    /// <summary>Takes in the features of some pictures.</summary>
    /// <param name="features">[B, C, h, w], unbounded, any floating type, as the extractor gave them.</param>
    /// <exception cref="LumenException">A value is not finite.</exception>
    /// <param name="altered">Of a basis with an <see cref="BasisOptions.AppearancePenalty"/>: features of the same pictures in another
    /// look, [B, C, h, w]; null without one, or where <see cref="AddPair"/> says what a look changes.</param>
    public void Add(Tensor features, Tensor? altered = null) => Add(features, altered, Pictures);

    /// <summary>
    /// Takes in what a change of look does to the features of some pictures, and nothing else: they need not be those of
    /// <see cref="Add(Tensor, Tensor)"/>, and a picture may come with several others. Of a basis with an
    /// <see cref="BasisOptions.AppearancePenalty"/> only.
    /// </summary>
    /// <param name="features">[B, C, h, w], unbounded, any floating type.</param>
    /// <param name="altered">Features of the same pictures in another look, each cell where it was; of the same shape.</param>
    public void AddPair(Tensor features, Tensor altered)
    {
        var appearance = _appearance ?? throw new InvalidOperationException("Pairs belong to a fit with an appearance penalty.");
        using var scope = NewDisposeScope();
        AddChange(appearance, Prepared(features), altered, nameof(altered));
    }

    /// <summary>
    /// Whether <see cref="AddNoise"/> has a use: the backbone adds noise, and the basis has an
    /// <see cref="BasisOptions.AppearancePenalty"/>, to which noise that is the same in both looks is content that no look changes.
    /// </summary>
    public bool TakesNoise => _noise is not null;

    /// <summary>
    /// Takes in what the noise of the extraction does to the features of some pictures. Half of the mean square of the difference is the
    /// covariance that noise brings into features; it is taken off, so that no component holds noise.
    /// </summary>
    /// <param name="features">[B, C, h, w], unbounded, any floating type.</param>
    /// <param name="again">Features of the same pictures with <see cref="OtherNoise"/>, of the same shape.</param>
    public void AddNoise(Tensor features, Tensor again)
    {
        var noise =
            _noise
            ?? throw new InvalidOperationException("Noise belongs to a fit with an appearance penalty, of a backbone that adds noise.");
        using var scope = NewDisposeScope();
        AddChange(noise, Prepared(features), again, nameof(again));
    }

    /// <summary>Noise streams for a second reading of some pictures, which are no other picture's.</summary>
    /// <param name="items">The noise streams of the first reading.</param>
    public static IReadOnlyList<long> OtherNoise(IReadOnlyList<long> items) => [.. items.Select(item => item | (1L << 62))];

    /// <summary>Which of some pictures are read again for <see cref="AddNoise"/>, as places among them.</summary>
    /// <param name="first">The number of the first among all.</param>
    /// <param name="count">How many there are.</param>
    public static IReadOnlyList<int> ForNoise(long first, int count) =>
        [.. Enumerable.Range(0, count).Where(at => (first + at) % NoisePictures == 0)];

    private void Add(Tensor features, Tensor? altered, long first)
    {
        if (altered is not null && _appearance is null)
            throw new ArgumentException("Altered pictures belong to a fit with an appearance penalty, and only to that.", nameof(altered));
        using var scope = NewDisposeScope();
        var prepared = Prepared(features);
        _moments.Add(FeaturePreparation.Rows(prepared, _options.BorderCells));
        _positions.Add(prepared);
        _observer.Add(features, prepared, first);
        if (altered is not null)
            AddChange(_appearance!, prepared, altered, nameof(altered));
        Pictures += features.shape[0];
    }

    private Tensor Prepared(Tensor features)
    {
        Shape.Require(features, nameof(features), $"[B, {_source.Channels}, h, w]", s => s is [_, var c, _, _] && c == _source.Channels);
        return FeaturePreparation.Prepare(features, _options);
    }

    private void AddChange(AppearanceMoments moments, Tensor prepared, Tensor altered, string name)
    {
        Shape.Require(altered, name, $"{Shape.Text(prepared.shape)}, as the features", s => s.AsSpan().SequenceEqual(prepared.shape));
        moments.Add(FeaturePreparation.Rows(FeaturePreparation.Prepare(altered, _options) - prepared, _options.BorderCells));
    }

    /// <summary>Takes in what the fitters of all processes have seen; each then gives the basis of all pictures.</summary>
    internal void Combine(ICommunicator processes)
    {
        Span<double> pictures = [Pictures];
        processes.Sum(pictures);
        Pictures = (long)pictures[0];
        _moments.Combine(processes);
        _positions.Combine(processes);
        _observer.Combine(processes);
        _appearance?.Combine(processes);
        _noise?.Combine(processes);
    }

    /// <summary>The basis of everything added so far.</summary>
    /// <exception cref="LumenException">An appearance penalty was asked for, but nothing says what a look changes.</exception>
    public LayoutBasis Fit() =>
        _appearance is { IsEmpty: true }
            ? throw new LumenException(
                LumenErrorKind.Model,
                $"The appearance penalty is {_options.AppearancePenalty}, but no picture came in another look, so nothing says what counts "
                    + "against a component. Add altered pictures, or set the penalty to 0."
            )
            : LayoutBasis.Fit(_moments, _options, _source, (_positions, _observer, _appearance, _noise));

    /// <summary>Extracts the features of every batch and fits a basis to them.</summary>
    /// <param name="extractor">The frozen backbone.</param>
    /// <param name="batches">Pictures of the training split, produced as they are needed. Each batch is disposed once it has been
    /// used.</param>
    /// <param name="options">How to fit.</param>
    /// <param name="alter">Pictures in other colours and light, for a basis with an <see cref="BasisOptions.AppearancePenalty"/>.</param>
    /// <param name="progress">Told the number of pictures after each batch.</param>
    /// <param name="processes">
    /// The processes that fit one basis together, each with batches of its own, whose items are then the numbers of the pictures among
    /// all; null for this one alone.
    /// </param>
    /// <param name="stop">Stops before the next call of a network.</param>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    public static LayoutBasis Fit(
        IFeatureExtractor extractor,
        IEnumerable<PictureBatch> batches,
        BasisOptions options,
        Func<PictureBatch, Tensor>? alter = null,
        IProgress<long>? progress = null,
        ICommunicator? processes = null,
        CancellationToken stop = default
    )
    {
        var isShared = processes is { Size: > 1 };
        using var fitter = new BasisFitter(options, extractor.Source);
        foreach (var batch in batches)
        {
            using (batch)
            {
                stop.ThrowIfCancellationRequested();
                using var features = extractor.Extract(batch.Images, batch.Items, stop);
                using var pictures = options.AppearancePenalty > 0 ? alter?.Invoke(batch) : null;
                using var altered = pictures is null ? null : extractor.Extract(pictures, batch.Items, stop);
                var first = isShared ? batch.Items[0] : fitter.Pictures;
                if (fitter.TakesNoise)
                    fitter.ReadAgain(extractor, batch, features, ForNoise(first, batch.Items.Count), stop);
                fitter.Add(features, altered, first);
            }

            progress?.Report(isShared ? batch.Items[^1] + 1 : fitter.Pictures);
        }

        stop.ThrowIfCancellationRequested();
        if (isShared)
            fitter.Combine(processes!);
        if (fitter.Pictures == 0)
            throw new LumenException(LumenErrorKind.Model, "There are no pictures to fit a layout basis to.");
        return fitter.Fit();
    }

    private void ReadAgain(IFeatureExtractor extractor, PictureBatch batch, Tensor features, IReadOnlyList<int> at, CancellationToken stop)
    {
        if (at.Count == 0)
            return;
        using var scope = NewDisposeScope();
        var places = tensor(at.Select(place => (long)place).ToArray());
        var images = batch.Images.index_select(0, places.to(batch.Images.device));
        AddNoise(
            features.index_select(0, places.to(features.device)),
            extractor.Extract(images, OtherNoise([.. at.Select(place => batch.Items[place])]), stop)
        );
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _moments.Dispose();
        _positions.Dispose();
        _observer.Dispose();
        _appearance?.Dispose();
        _noise?.Dispose();
    }
}

/// <summary>Some pictures of one size with their noise streams. Whoever consumes a sequence of batches disposes each.</summary>
/// <param name="Images">[B, 3, H, W], [-1, 1] RGB, float32.</param>
/// <param name="Items">One noise stream per picture.</param>
public sealed record PictureBatch(Tensor Images, IReadOnlyList<long> Items) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Images.Dispose();
}
