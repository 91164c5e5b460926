using System.CommandLine;
using Lumen.Models.Vision;

namespace Lumen.Cli;

/// <summary>The options that choose what layouts are read with.</summary>
internal static class BackboneFlags
{
    public static Option<string?> Backbone() =>
        Flag.Registered(
            "--backbone",
            null,
            registry => [FeatureSource.StableDiffusion, .. registry.Backbones.Names],
            $"Network whose features are taken. Default: {FeatureSource.StableDiffusion}, the model's own U-Net. The others need --weights."
        );

    /// <summary>Where a basis is fitted: the weights are the main thing.</summary>
    public static Option<string?> Weights() =>
        Flag.Text(
            "--weights",
            "PATH",
            "Weights of the backbone: a .safetensors file, or a folder with one and its config.json.",
            "--backbone-weights"
        );

    /// <summary>Where a basis is used: it says which backbone it needs.</summary>
    public static Option<string?> BasisWeights() =>
        Flag.Text(
            "--backbone-weights",
            "PATH",
            "Weights of the backbone that the basis was fitted on, where that is not the model's own U-Net."
        );

    /// <summary>Refuses options that mean nothing for the chosen backbone.</summary>
    /// <param name="chosen">The backbone.</param>
    /// <param name="given">Options by name with what was given.</param>
    /// <exception cref="LumenException">One was given.</exception>
    public static void RefuseFor(string chosen, params ReadOnlySpan<(string Name, object? Given)> given)
    {
        foreach (var (name, value) in given)
        {
            if (value is not null)
                throw new LumenException($"{name} means nothing for the backbone {chosen}. Leave it out.");
        }
    }
}
