using Lumen.Core.Tensors;
using Lumen.Models.Vision;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Training.Backbones;

/// <summary>A vision transformer with its heads: the student of self-distillation, or its teacher.</summary>
internal sealed class DistillationNetwork
{
    /// <param name="config">The transformer.</param>
    /// <param name="settings">Sizes of the heads.</param>
    /// <param name="placement">Device and compute type of the transformer; heads compute in float32.</param>
    public DistillationNetwork(VisionTransformerConfig config, RecipeDistillation settings, Placement placement)
    {
        Vision = new VisionTransformer(config, placement);
        ClassHead = Head(settings.Prototypes);
        PatchHead = config.MaskToken ? Head(settings.PatchPrototypes) : null;
        var modules = new Dictionary<string, Module> { ["vision"] = Vision, ["class_head"] = ClassHead };
        if (PatchHead is not null)
            modules["patch_head"] = PatchHead;
        Modules = modules;

        ProjectionHead Head(long prototypes) =>
            new(config.Width, settings.HeadHiddenDim, settings.HeadBottleneckDim, prototypes, placement.Device);
    }

    /// <summary>The transformer.</summary>
    public VisionTransformer Vision { get; }

    /// <summary>The head of the class tokens.</summary>
    public ProjectionHead ClassHead { get; }

    /// <summary>The head of the patches; null where none are masked.</summary>
    public ProjectionHead? PatchHead { get; }

    /// <summary>All of it by name.</summary>
    public IReadOnlyDictionary<string, Module> Modules { get; }

    /// <summary>Draws fresh weights; the same stream gives the same weights.</summary>
    /// <param name="random">The stream.</param>
    /// <param name="layerScale">What the factors of each branch begin with.</param>
    public void Initialise(RandomStream random, double layerScale)
    {
        Vision.Initialise(random.For(0), layerScale);
        ClassHead.Initialise(random.For(1));
        PatchHead?.Initialise(random.For(2));
    }

    /// <summary>Normed tokens.</summary>
    /// <param name="pixels">[B, 3, H, W], normalised.</param>
    /// <param name="masked">[B, N] bool, patches that the mask token replaces; null for none.</param>
    /// <returns>Class tokens [B, D] and patches [B, N, D], compute type.</returns>
    public (Tensor Class, Tensor Patches) Tokens(Tensor pixels, Tensor? masked = null)
    {
        using var scope = NewDisposeScope();
        var tokens = Vision.Norm(Vision.HiddenStates(pixels, Vision.Config.Depth, masked)); // [B, T, D]
        var patches = tokens.narrow(1, Vision.PrefixTokens, tokens.shape[1] - Vision.PrefixTokens);
        return (tokens.select(1, 0).MoveToOuterDisposeScope(), patches.MoveToOuterDisposeScope());
    }
}
