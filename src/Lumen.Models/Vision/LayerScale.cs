using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Vision;

/// <summary>One learned factor for each channel of a branch (Touvron et al. 2021).</summary>
internal sealed class LayerScale : Module<Tensor, Tensor>
{
    [StateKey("gamma")]
    private readonly Parameter _factors;

    public LayerScale(VisionTransformerConfig config, Placement placement)
        : base(nameof(LayerScale))
    {
        _factors = Layer.Zeros(placement, config.Width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor branch) => branch * _factors; // [B, T, D]
}
