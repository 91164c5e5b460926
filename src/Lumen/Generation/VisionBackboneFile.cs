using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Vision;
using Lumen.Pretrained;

namespace Lumen.Generation;

/// <summary>Opens a backbone from disk.</summary>
public static class VisionBackboneFile
{
    /// <summary>Opens weights.</summary>
    /// <param name="path">A safetensors file, or a folder with one and, as transformers or OpenCLIP write it, a <c>config.json</c> or
    /// <c>open_clip_config.json</c>. Family and size are recognised from the tensors.</param>
    /// <param name="placement">Device and compute type.</param>
    /// <param name="family">The family that is expected, such as <c>dinov2</c>; null for any.</param>
    /// <param name="activation">What is known about the activation of CLIP's networks: <c>gelu</c> or <c>quick_gelu</c>; null for what the
    /// configuration says.</param>
    /// <param name="registry">The backbones that the weights may be of; null for the built-in ones.</param>
    /// <param name="stop">Stops between tensors.</param>
    /// <exception cref="LumenException">There are no weights, they are of no or of another family, or they are incomplete.</exception>
    public static Backbone Open(
        string path,
        Placement placement,
        string? family = null,
        string? activation = null,
        LumenRegistry? registry = null,
        CancellationToken stop = default
    )
    {
        using var checkpoint = Checkpoint.Open(path);
        var backbone = (registry ?? LumenRegistry.BuiltIn).Backbones.Open(
            checkpoint,
            BackboneConfig.TextFor(path, checkpoint.Description),
            placement,
            activation,
            stop
        );
        if (family is null || backbone.Family == family)
            return backbone;
        using (backbone)
            throw new LumenException(
                LumenErrorKind.Model,
                $"{path} holds {backbone.Name}, not a network of the family {family}. Give `Backbone` "
                    + $"{backbone.Family}, or the weights you meant."
            );
    }

    /// <summary>The extractor of <paramref name="backbone"/> that gives what <paramref name="source"/> says.</summary>
    /// <exception cref="LumenException">Weights are missing, not wanted, or others than those of the source.</exception>
    public static IFeatureExtractor FeaturesOf(Backbone? backbone, FeatureSource source)
    {
        if (backbone is null)
            throw new LumenException(
                LumenErrorKind.Model,
                $"The layout basis was fitted on {source.Backbone} (weights {Short(source.WeightsHash)}), whose weights are not in "
                    + "the model. Give `BackboneWeights` their file or folder."
            );
        if (source.IsDiffusion)
            throw new LumenException(
                LumenErrorKind.Model,
                $"The layout basis was fitted on the diffusion model's own U-Net, not on {backbone.Name}. Leave out " + "`BackboneWeights`."
            );
        return backbone.FeaturesOf(source);
    }

    /// <summary>At which sizes it works on pictures.</summary>
    public static WorkingSize SizeOf(Backbone backbone, FeatureSource source) => new(source.ImageSize, backbone.SizeMultiple);

    private static string Short(string hash) => hash.Length > 12 ? hash[..12] : hash;
}
