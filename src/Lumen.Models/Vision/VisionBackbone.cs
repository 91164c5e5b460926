using System.Security.Cryptography;
using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Models.Vision;

/// <summary>
/// A frozen vision transformer opened from weights: DINO, DINOv2 or CLIP, recognised by the names and shapes of its tensors.
/// </summary>
public sealed class VisionBackbone : IDisposable
{
    private static readonly string[] Unused = ["mask_token", "proj"]; // say nothing about features, and some files leave them out

    private VisionBackbone(BackboneWeights weights, VisionTransformer network, string hash) =>
        (Weights, Network, WeightsHash) = (weights, network, hash);

    /// <summary>Family, naming and sizes.</summary>
    public BackboneWeights Weights { get; private set; }

    /// <summary>The network.</summary>
    public VisionTransformer Network { get; }

    /// <summary>
    /// SHA-256 over the values in float32: the same for one network under every naming and in every stored type that holds its values
    /// exactly.
    /// </summary>
    public string WeightsHash { get; }

    /// <summary>Side in pixels of the pictures it was trained on.</summary>
    public int NativeSize => Network.Config.Grid * Network.Config.Patch;

    /// <summary>Loads weights.</summary>
    /// <param name="checkpoint">The open file; it stays the caller's.</param>
    /// <param name="config">The text of the <c>config.json</c> or <c>open_clip_config.json</c> beside it; null without one.</param>
    /// <param name="placement">Device and compute type.</param>
    /// <param name="activation">What the caller says about the activation; null where that is to be found out.</param>
    /// <param name="stop">Stops between tensors.</param>
    /// <exception cref="LumenException">The weights are not known, not complete, or do not fit the configuration.</exception>
    public static VisionBackbone Load(
        Checkpoint checkpoint,
        string? config,
        Placement placement,
        VisionFeedForward? activation = null,
        CancellationToken stop = default
    )
    {
        var weights = BackboneWeights.Recognise(
            checkpoint.Entries.ToDictionary(entry => entry.Key, entry => entry.Value.Shape, StringComparer.Ordinal),
            config,
            checkpoint.Description,
            activation
        );
        var (naming, prefix) = (weights.Naming, weights.Prefix);
        var network = new VisionTransformer(weights.Config, placement);
        try
        {
            using var scope = NewDisposeScope();
            using var frozen = no_grad();
            var view = naming.View(network.state_dict(), name => checkpoint.Entries.ContainsKey(prefix + name));
            var targets = view.ToDictionary(entry => prefix + entry.Key, entry => entry.Value, StringComparer.Ordinal);
            StateLoader.Load(
                targets,
                checkpoint,
                weights.Name,
                ignore: name => !name.StartsWith(prefix, StringComparison.Ordinal) || !naming.Wants(name[prefix.Length..]),
                stop: stop
            );
            network.eval();
            foreach (var parameter in network.parameters())
                parameter.requires_grad = false;
            return new VisionBackbone(weights, network, HashOf(checkpoint, weights, network, stop));
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>A network of the same shape with fresh random weights: what the shape alone tells.</summary>
    public VisionBackbone Untrained(RandomStream random)
    {
        var network = new VisionTransformer(Weights.Config, Network.Placement);
        network.Initialise(random);
        network.eval();
        foreach (var parameter in network.parameters())
            parameter.requires_grad = false;
        return new VisionBackbone(Weights, network, $"untrained-{random.Seed:x16}");
    }

    /// <summary>Takes over the activation that a basis was fitted with, where that of the weights is only assumed.</summary>
    internal void Settle(string? activation)
    {
        if (activation is null || !Weights.IsActivationAssumed || activation == Weights.Activation)
            return;
        Network.Activate(BackboneWeights.ActivationOf(activation));
        Weights = Weights with { Config = Network.Config, IsActivationAssumed = false };
    }

    /// <inheritdoc/>
    public void Dispose() => Network.Dispose();

    private static string HashOf(Checkpoint checkpoint, BackboneWeights weights, VisionTransformer network, CancellationToken stop)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, tensor) in network.state_dict().OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            stop.ThrowIfCancellationRequested();
            if (Unused.Contains(name))
                continue;
            using var scope = NewDisposeScope();
            var whole = empty(tensor.shape, dtype: ScalarType.Float32, device: CPU);
            foreach (var (theirs, part) in weights.Naming.Find(name, theirs => checkpoint.Entries.ContainsKey(weights.Prefix + theirs)))
                checkpoint.ReadInto(weights.Prefix + theirs, WeightParts.Of(whole, part));
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes($"{name} {Shape.Text(tensor.shape)}\n"));
            hash.AppendData(whole.bytes);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
