using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;

namespace Lumen.Models.Vision;

/// <summary>
/// A frozen network, opened, whose features layouts are made of: what <see cref="IBackboneType.Open"/> answers with. Whoever opened it
/// disposes it.
/// </summary>
public abstract class Backbone : IDisposable
{
    /// <summary>The kind of network: <see cref="IBackboneType.Name"/>.</summary>
    public abstract string Family { get; }

    /// <summary>Kind and size, such as <c>dinov2-vits14</c>: what bases and adapters name (<see cref="FeatureSource.Backbone"/>).</summary>
    public abstract string Name { get; }

    /// <summary>SHA-256 of the weights, lower-case hexadecimal; <see cref="WeightNaming.Load"/> gives one.</summary>
    public abstract string WeightsHash { get; }

    /// <summary>Shorter side in pixels of the pictures it was trained on.</summary>
    public abstract int NativeSize { get; }

    /// <summary>What both sides of a picture must be a multiple of, so that no cell is cut.</summary>
    public abstract int SizeMultiple { get; }

    /// <summary>What was assumed because neither the weights nor a configuration says it, in a sentence; null where nothing was.</summary>
    public virtual string? Assumption => null;

    /// <summary>Describes features of this backbone.</summary>
    /// <param name="layer">A layer by its number or name; null for the usual one.</param>
    /// <param name="facet">What is taken of it; null for what is usual.</param>
    /// <param name="imageSize">Shorter side of pictures in pixels; null for <see cref="NativeSize"/>.</param>
    /// <exception cref="LumenException">There is no such layer or facet, or the size does not fit.</exception>
    public abstract FeatureSource SourceOf(string? layer = null, string? facet = null, int? imageSize = null);

    /// <summary>The extractor that gives what <paramref name="source"/> says; the backbone must outlive it.</summary>
    /// <exception cref="LumenException">The source names another backbone; the message names the difference.</exception>
    public abstract IFeatureExtractor FeaturesOf(FeatureSource source);

    /// <summary>A network of the same shape with fresh random weights, or null where that cannot be made.</summary>
    public virtual Backbone? Untrained(RandomStream random) => null;

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Refuses a source that is not this backbone's, for <see cref="FeaturesOf"/>.</summary>
    /// <param name="own">What <see cref="SourceOf"/> says of the layer, facet and size of <paramref name="source"/>.</param>
    /// <param name="source">What a basis was fitted on.</param>
    /// <exception cref="LumenException">They differ; the message names the difference.</exception>
    protected internal static void Require(FeatureSource own, FeatureSource source)
    {
        if (own.DifferenceTo(source) is { } difference)
            throw new LumenException(
                LumenErrorKind.Model,
                $"The layout basis belongs to another backbone than these weights: {difference} (weights given against basis). Give "
                    + "the weights it was fitted on, or fit a basis for these with \"lumen layout fit\"."
            );
    }
}

/// <summary>A kind of backbone: how its weights are recognised, and how they are opened.</summary>
public interface IBackboneType
{
    /// <summary>What users call it: <c>dinov2</c>.</summary>
    string Name { get; }

    /// <summary>Names of tensors, any of which is enough to recognise weights of this kind; a prefix may stand before it.</summary>
    IReadOnlyList<string> Markers { get; }

    /// <summary>Opens weights.</summary>
    /// <param name="checkpoint">The open file; it stays the caller's.</param>
    /// <param name="config">The text of the configuration beside it; null without one.</param>
    /// <param name="placement">Device and compute type.</param>
    /// <param name="activation">What the caller says about the activation, as configurations call it; null as a rule.</param>
    /// <param name="stop">Stops between tensors.</param>
    /// <exception cref="LumenException">The weights are not complete, or do not fit the configuration.</exception>
    Backbone Open(Checkpoint checkpoint, string? config, Placement placement, string? activation, CancellationToken stop = default);
}
