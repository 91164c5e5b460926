using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Text;

/// <summary>
/// A table of learned rows. TorchSharp's own <c>Embedding</c> draws its weights from the global generator, and made from given weights it
/// computes with others than those it shows in its state.
/// </summary>
internal sealed class ClipEmbedding : Module<Tensor, Tensor>
{
    [StateKey("weight")]
    private readonly Parameter _weight;

    public ClipEmbedding(long count, long width, Device device)
        : base(nameof(ClipEmbedding))
    {
        _weight = Blank.Zeros(device, count, width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor ids) // [B, T]
    {
        using var scope = NewDisposeScope();
        // [B, T, D]
        return _weight.index_select(0, ids.flatten()).view(ids.shape[0], ids.shape[1], _weight.shape[1]).MoveToOuterDisposeScope();
    }

    /// <summary>The first rows, [T, D].</summary>
    public Tensor First(long count) => _weight.narrow(0, 0, count);

    public void Initialise(double deviation, RandomStream random) => Blank.Fill(_weight, deviation, random);
}
