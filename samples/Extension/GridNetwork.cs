using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lumen.Samples.Extension;

/// <summary>The layers of <see cref="GridBackbone"/>.</summary>
internal sealed class GridNetwork : nn.Module<Tensor, Tensor>
{
    [StateKey("patch")]
    private readonly Conv2d _patch;

    [StateKey("head")]
    private readonly Conv2d _head;
    private readonly Placement _placement;

    public GridNetwork(long width, long patch, Placement placement)
        : base(nameof(GridNetwork))
    {
        (Width, Patch, _placement) = (width, patch, placement);
        _patch = nn.Conv2d(3, width, patch, stride: patch, device: placement.Device, dtype: placement.Compute);
        _head = nn.Conv2d(width, width, 1, device: placement.Device, dtype: placement.Compute);
        RegisterComponents();
        foreach (var parameter in parameters())
            parameter.DetachFromDisposeScope();
    }

    public long Width { get; }

    public long Patch { get; }

    public override Tensor forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        var cells = _patch.call(images.to(_placement.Device).to_type(_placement.Compute)); // [B, D, H/p, W/p]
        return _head.call(nn.functional.gelu(cells)).MoveToOuterDisposeScope();
    }
}
