using Lumen.Core.Tensors;
using Lumen.Models.Vision;
using static TorchSharp.torch;

namespace Lumen.Layouts;

/// <summary>
/// The fixed linear map from one backbone's features to neural layouts, fitted once on a data set without labels (docs/method.md).
/// Projection prepares each picture on its own, centres, projects and divides by one global scale, so that the first component has RMS 1
/// over the fitted cells.
/// </summary>
public sealed class LayoutBasis : IDisposable
{
    internal const double LeastVariance = 1e-20;
    internal const string NoVariance =
        "The features do not vary at all, so there is nothing to fit a basis to. Check the pictures and the backbone's weights.";
    private readonly Tensor? _positionMean; // [C, h, w]

    // [N, N], float64: turns components of several blocks after each was scaled; those of one block are stored turned
    private readonly Tensor? _turn;

    internal LayoutBasis(PrincipalComponents principal, LayoutDescription description, Tensor? positionMean, Tensor? componentScales = null)
    {
        ComponentScales = componentScales?.DetachFromDisposeScope();
        Principal = principal;
        Description = description;
        _positionMean = positionMean?.DetachFromDisposeScope();
        if (componentScales is not null && Options.RotationSeed is { } seed)
            _turn = RandomRotation.Of(Components, seed).DetachFromDisposeScope();
        Hash = LayoutBasisFile.HashOf(this);
    }

    /// <summary>Mean, components and variances in features' own units.</summary>
    public PrincipalComponents Principal { get; }

    /// <summary>N, components of a layout.</summary>
    public int Components => Principal.Count;

    /// <summary>C, channels of the features.</summary>
    public int Channels => Principal.Channels;

    /// <summary>How the basis was fitted.</summary>
    public BasisOptions Options => Description.Options;

    /// <summary>What the features must come from.</summary>
    public FeatureSource Source => Description.Source;

    /// <summary>
    /// RMS of the first component over the fitted cells: every projection is divided by it. With several blocks, those of each by the RMS
    /// of its own first component.
    /// </summary>
    public double Scale => Description.Scale;

    /// <summary>
    /// Correlation of the first components (three at most) with column and row; empty if the pictures of the fit had different sizes, or if
    /// the mean of each position is subtracted (then there is none).
    /// </summary>
    public IReadOnlyList<PositionCorrelation> PositionCorrelations => Description.PositionCorrelations;

    /// <summary>What the fit saw; null for a basis that was made from bare moments or by an earlier version.</summary>
    public FitReport? Report => Description.Report;

    /// <summary>SHA-256 over everything that changes a projection and over the source, lower-case hexadecimal. Layouts carry it.</summary>
    public string Hash { get; }

    internal LayoutDescription Description { get; private set; }

    internal Tensor? PositionMean => _positionMean;

    /// <summary>
    /// [N], float64: what each component is divided by where the features are several blocks; null where <see cref="Scale"/> holds for all.
    /// </summary>
    internal Tensor? ComponentScales { get; }

    /// <summary>A basis from the moments of prepared features. <see cref="BasisFitter"/> is the way to get both right.</summary>
    /// <exception cref="LumenException">Too few rows or channels for the components, features without variance, or a channel count other
    /// than the source's.</exception>
    public static LayoutBasis Fit(StreamingMoments moments, BasisOptions options, FeatureSource source) =>
        Fit(moments, options, source, (null, null, null, null));

    /// <summary>The layouts of a batch of features.</summary>
    /// <param name="features">[B, C, h, w], unbounded, any floating type, as the extractor gave them.</param>
    /// <returns>[B, N, h, w], RMS about 1 in the first component, float32 where the features are; the caller disposes it.</returns>
    public Tensor Project(Tensor features)
    {
        Require(features, nameof(features), Channels);
        using var scope = NewDisposeScope();
        return Grid(Coordinates(FeaturePreparation.Rows(Prepared(features), 0)), features.shape).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Prepared features (normalised as <see cref="BasisOptions.Normalisation"/> says) from layouts: what the components kept of them.
    /// </summary>
    /// <param name="layouts">[B, N, h, w], float32.</param>
    /// <returns>[B, C, h, w], float32; the caller disposes it.</returns>
    public Tensor Reconstruct(Tensor layouts)
    {
        Require(layouts, nameof(layouts), Components);
        using var scope = NewDisposeScope();
        var features = Grid(Rows(FeaturePreparation.Rows(DoublePrecision.Of(layouts), 0)), layouts.shape);
        if (_positionMean is not null)
            features = features + PositionMeanAt(layouts.shape[2], layouts.shape[3]).to(features.device).to(ScalarType.Float32);
        return features.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// How layouts of this basis follow from those of another one of the same features, cell by cell: x = T y + c. Of directions that the
    /// other left out nothing is known, so they are taken to be at their mean.
    /// </summary>
    /// <param name="other">Of as many channels.</param>
    /// <returns>T [N, N of the other] and c [N], float64; the caller disposes both.</returns>
    internal (Tensor Turn, Tensor Offset) From(LayoutBasis other)
    {
        if (other.Channels != Channels)
            throw new ArgumentException($"other must be a basis of {Channels} channels but has {other.Channels}.", nameof(other));
        using var scope = NewDisposeScope();
        var units = cat([zeros([1, other.Components], ScalarType.Float64), eye(other.Components, dtype: ScalarType.Float64)]);
        var own = Coordinates(other.Rows(units)); // [1 + N of the other, N]
        var offset = own[0];
        return ((own.narrow(0, 1, other.Components) - offset).t().contiguous().MoveToOuterDisposeScope(), offset.MoveToOuterDisposeScope());
    }

    /// <summary>
    /// How much of a picture's features the components leave out, 0...1: the share of its variance, over the cells that a fit would use.
    /// Compare it with
    /// <see cref="FitReport.Residuals"/> to see whether the picture is of a kind that the basis knows.
    /// </summary>
    /// <param name="features">[1, C, h, w], as the extractor gave them.</param>
    public double RelativeError(Tensor features)
    {
        Shape.Require(features, nameof(features), $"[1, {Channels}, h, w]", s => s is [1, var c, _, _] && c == Channels);
        using var scope = NewDisposeScope();
        var border = Math.Min(features.shape[2], features.shape[3]) > 2 * Options.BorderCells ? Options.BorderCells : 0;
        return FitObserver.RelativeError(Principal, FeaturePreparation.Rows(Prepared(features), border));
    }

    /// <summary>The layout of one picture, bound to this basis.</summary>
    /// <param name="features">[1, C, h, w], as the extractor gave them.</param>
    /// <param name="imageWidth">Width of the picture in pixels.</param>
    /// <param name="imageHeight">Height of the picture in pixels.</param>
    public NeuralLayout Layout(Tensor features, int imageWidth, int imageHeight)
    {
        Shape.Require(features, nameof(features), $"[1, {Channels}, h, w]", s => s is [1, _, _, _]);
        using var batch = Project(features);
        return new NeuralLayout(batch.squeeze(0), Hash, Source, imageWidth, imageHeight);
    }

    /// <summary>Refuses an extractor whose features this basis was not fitted to.</summary>
    /// <exception cref="LumenException">Names every difference.</exception>
    public void Require(FeatureSource source)
    {
        if (Source.DifferenceTo(source) is { } difference)
            throw new LumenException(
                LumenErrorKind.Model,
                $"The layout basis was fitted to other features than these (basis against these: {difference}). Use the backbone it "
                    + "was fitted to, or fit a new basis."
            );
    }

    /// <summary>Records in the report what the pictures of the fit were: it changes neither projections nor hash.</summary>
    /// <param name="data">The data set and its part, or the folder.</param>
    public void NoteData(string data)
    {
        if (Report is { } report)
            Description = Description with { Report = report with { Data = data } };
    }

    /// <summary>Writes <c>lumen/basis.safetensors</c> and <c>lumen/layout.json</c> into a model folder.</summary>
    public void Save(string folder) => LayoutBasisFile.Save(this, folder);

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="LumenException">A file is missing, damaged or does not belong to the other.</exception>
    public static LayoutBasis Load(string folder) => LayoutBasisFile.Load(folder);

    /// <inheritdoc/>
    public void Dispose()
    {
        Principal.Dispose();
        _positionMean?.Dispose();
        ComponentScales?.Dispose();
        _turn?.Dispose();
    }

    internal static LayoutBasis Fit(
        StreamingMoments moments,
        BasisOptions options,
        FeatureSource source,
        (PositionMeans? Positions, FitObserver? Observer, AppearanceMoments? Appearance, AppearanceMoments? Noise) seen
    )
    {
        options.Validate();
        if (moments.Channels != source.Channels)
            throw new LumenException(
                LumenErrorKind.Model,
                $"The features have {moments.Channels} channels but their source says {source.Channels}."
            );
        using var scope = NewDisposeScope();
        var usable = seen.Positions is { SameGrid: true, Pictures: > 0 } positions ? positions : null;
        if (options.SubtractPositionMean && usable is null)
            throw new LumenException(
                LumenErrorKind.Model,
                "Subtracting the mean of each position needs pictures of one size, but the pictures of the fit differ in size."
            );
        using var within = options.SubtractPositionMean ? moments.Without(usable!.Interior(options.BorderCells), usable.Pictures) : null;
        var (principal, leading) = ComponentsOf(within ?? moments, source, options, (seen.Appearance, seen.Noise));
        var scales = leading.Select(variance => Math.Sqrt((options.Whiten ? 1 : variance) * (moments.Count - 1) / moments.Count)).ToArray();
        if (options.RotationSeed is { } seed)
        {
            if (source.ChannelGroups is null)
            {
                using var unturned = principal;
                principal = principal.Rotated(RandomRotation.Of(options.Components, seed));
            }
            if (!options.SubtractPositionMean)
                usable = null; // what is said of leading components means nothing now
        }
        // Without the means of the positions nothing of a component is mere position.
        var correlations =
            usable is null || options.SubtractPositionMean ? [] : PositionCorrelation.Of(principal, usable, options.BorderCells);
        var description = new LayoutDescription(source, options, scales[0], principal.RowCount, principal.TotalVariance, correlations)
        {
            Report = seen.Observer?.Report(principal, usable),
        };
        return new LayoutBasis(
            principal,
            description,
            options.SubtractPositionMean ? usable!.Mean() : null,
            source.ChannelGroups is null ? null : tensor(scales, dtype: ScalarType.Float64)
        );
    }

    // With the variance that each component's layout is scaled by.
    private static (PrincipalComponents Principal, IReadOnlyList<double> Leading) ComponentsOf(
        StreamingMoments moments,
        FeatureSource source,
        BasisOptions options,
        (AppearanceMoments? Appearance, AppearanceMoments? Noise) seen
    )
    {
        if (source.ChannelGroups is not null)
        {
            var blocks = BlockComponents.Fit(moments, source.Groups, options.Components, Nuisance);
            return (blocks.Principal, blocks.Leading);
        }
        using var nuisance = Nuisance(0, source.Channels);
        using var all = PrincipalComponents.Fit(moments, nuisance);
        if (!(all.Spectrum[0] > LeastVariance))
            throw new LumenException(LumenErrorKind.Model, NoVariance);
        return (all.First(options.Components), [.. Enumerable.Repeat(all.Spectrum[0], options.Components)]);

        Tensor? Nuisance(int start, int width)
        {
            if (seen.Appearance is null)
                return null;
            using var scope = NewDisposeScope();
            var unwanted = seen.Appearance.Mean(start, width) * options.AppearancePenalty;
            if (seen.Noise is { IsEmpty: false })
                unwanted += seen.Noise.Mean(start, width) / 2;
            return unwanted.MoveToOuterDisposeScope();
        }
    }

    private static Tensor Grid(Tensor rows, long[] shape) =>
        rows.view(shape[0], shape[2], shape[3], -1).permute(0, 3, 1, 2).to(ScalarType.Float32).contiguous();

    private static void Require(Tensor tensor, string name, int channels) =>
        Shape.Require(tensor, name, $"[B, {channels}, h, w]", s => s is [_, var c, _, _] && c == channels);

    // Layouts from prepared rows, [n, C] to [n, N], float64.
    private Tensor Coordinates(Tensor prepared)
    {
        var rows = Principal.Transform(prepared, Options.Whiten);
        var coordinates = ComponentScales is null ? rows / Scale : rows / ComponentScales.to(rows.device);
        return _turn is null ? coordinates : coordinates.mm(_turn.to(rows.device).t());
    }

    // And back: what the components kept of them.
    private Tensor Rows(Tensor layouts)
    {
        var turned = _turn is null ? layouts : layouts.mm(_turn.to(layouts.device));
        var coordinates = ComponentScales is null ? turned * Scale : turned * ComponentScales.to(turned.device);
        return Principal.InverseTransform(coordinates, Options.Whiten);
    }

    // [B, C, h, w], float64: what the linear part is applied to.
    private Tensor Prepared(Tensor features)
    {
        var prepared = FeaturePreparation.Prepare(features, Options);
        return _positionMean is null ? prepared : prepared - PositionMeanAt(features.shape[2], features.shape[3]).to(prepared.device);
    }

    private Tensor PositionMeanAt(long height, long width)
    {
        var mean = _positionMean!.unsqueeze(0);
        if (mean.shape[2] == height && mean.shape[3] == width)
            return mean;
        return nn.functional.interpolate(mean, [height, width], mode: InterpolationMode.Bilinear, align_corners: false);
    }
}
