using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;

namespace Lumen.Models.Vision;

/// <summary>
/// A frozen vision transformer opened from weights: DINO, DINOv2 or CLIP, recognised by the names and shapes of its tensors.
/// </summary>
public sealed class VisionBackbone : Backbone
{
    private static readonly string[] Unused = ["mask_token", "proj"]; // say nothing about features, and some files leave them out

    private VisionBackbone(BackboneWeights weights, VisionTransformer network, string hash) =>
        (Weights, Network, WeightsHash) = (weights, network, hash);

    /// <inheritdoc/>
    public override string Family => Weights.Family.Name;

    /// <inheritdoc/>
    public override string Name => Weights.Name;

    /// <summary>Family, naming and sizes.</summary>
    public BackboneWeights Weights { get; private set; }

    /// <summary>The network.</summary>
    public VisionTransformer Network { get; }

    /// <summary>
    /// SHA-256 over the values in float32: the same for one network under every naming and in every stored type that holds its values
    /// exactly.
    /// </summary>
    public override string WeightsHash { get; }

    /// <inheritdoc/>
    public override int NativeSize => Network.Config.Grid * Network.Config.Patch;

    /// <inheritdoc/>
    public override int SizeMultiple => Network.Config.Patch;

    /// <inheritdoc/>
    public override string? Assumption =>
        Weights.IsActivationAssumed
            ? "Neither config.json nor open_clip_config.json is beside the weights, and nothing in them tells their activation: "
                + $"{Weights.Activation} is assumed. OpenAI's networks have quick_gelu, OpenCLIP's mostly gelu."
            : null;

    /// <inheritdoc/>
    public override FeatureSource SourceOf(string? layer = null, string? facet = null, int? imageSize = null) =>
        VisionTransformerFeatures.SourceOf(this, layer, facet, imageSize);

    /// <inheritdoc/>
    public override IFeatureExtractor FeaturesOf(FeatureSource source) => new VisionTransformerFeatures(this, source);

    /// <summary>Loads weights.</summary>
    /// <param name="checkpoint">The open file; it stays the caller's.</param>
    /// <param name="config">The text of the <c>config.json</c> or <c>open_clip_config.json</c> beside it; null without one.</param>
    /// <param name="placement">Device and compute type.</param>
    /// <param name="activation">What the caller says about the activation; null where that is to be found out.</param>
    /// <param name="families">The families they may be of; null for the built-in ones.</param>
    /// <param name="stop">Stops between tensors.</param>
    /// <exception cref="LumenException">The weights are not known, not complete, or do not fit the configuration.</exception>
    public static VisionBackbone Load(
        Checkpoint checkpoint,
        string? config,
        Placement placement,
        VisionFeedForward? activation = null,
        IReadOnlyList<BackboneFamily>? families = null,
        CancellationToken stop = default
    )
    {
        var weights = BackboneWeights.Recognise(
            checkpoint.Entries.ToDictionary(entry => entry.Key, entry => entry.Value.Shape, StringComparer.Ordinal),
            config,
            checkpoint.Description,
            activation,
            families
        );
        var network = new VisionTransformer(weights.Config, placement);
        try
        {
            var hash = weights.Naming.Load(network, checkpoint, weights.Prefix, weights.Name, Unused, stop);
            return new VisionBackbone(weights, network, hash);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>A network of the same shape with fresh random weights: what the shape alone tells.</summary>
    public override VisionBackbone Untrained(RandomStream random)
    {
        var network = new VisionTransformer(Weights.Config, Network.Placement);
        network.Initialise(random);
        network.eval();
        foreach (var parameter in network.parameters())
            parameter.requires_grad = false;
        return new VisionBackbone(Weights, network, $"untrained-{random.Seed:x16}");
    }

    /// <summary>Takes over the activation that a basis was fitted with, where that of the weights is only assumed.</summary>
    internal void AdoptActivation(string? activation)
    {
        if (activation is null || !Weights.IsActivationAssumed || activation == Weights.Activation)
            return;
        Network.Activate(BackboneWeights.ActivationOf(activation));
        Weights = Weights with { Config = Network.Config, IsActivationAssumed = false };
    }

    /// <inheritdoc/>
    public override void Dispose() => Network.Dispose();
}
