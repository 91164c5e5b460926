using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Text;

/// <summary>
/// Embeddings, layers and final norm (transformers <c>CLIPTextTransformer</c>): everything under the key <c>text_model</c>.
/// </summary>
internal sealed class ClipTextTransformer : Module<Tensor, Tensor>
{
    [StateKey("embeddings")]
    private readonly ClipTextEmbeddings _embeddings;

    [StateKey("encoder")]
    private readonly ClipTextEncoder _encoder;

    [StateKey("final_layer_norm")]
    private readonly LayerNorm _finalNorm;

    public ClipTextTransformer(ClipTextConfig config, Device device)
        : base(nameof(ClipTextTransformer))
    {
        _embeddings = new ClipTextEmbeddings(config, device);
        _encoder = new ClipTextEncoder(config, device);
        _finalNorm = Blank.LayerNorm(config, device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor inputIds) // [B, T]
    {
        using var scope = NewDisposeScope();
        return Norm(_encoder.call(_embeddings.call(inputIds))).MoveToOuterDisposeScope(); // [B, T, D]
    }

    /// <summary>The embeddings and the output of every layer, [B, T, D] each.</summary>
    public IReadOnlyList<Tensor> HiddenStates(Tensor inputIds) => _encoder.HiddenStates(_embeddings.call(inputIds));

    public Tensor Norm(Tensor hidden) => _finalNorm.call(hidden);

    public void Initialise(ClipTextConfig config, RandomStream random)
    {
        _embeddings.Initialise(random.For(0));
        _encoder.Initialise(config, random.For(1));
        Blank.Reset(_finalNorm);
    }
}
