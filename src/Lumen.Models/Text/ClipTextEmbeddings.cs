using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Text;

/// <summary>Token embedding plus learned position embedding (transformers <c>CLIPTextEmbeddings</c>).</summary>
internal sealed class ClipTextEmbeddings : Module<Tensor, Tensor>
{
    [StateKey("token_embedding")]
    private readonly ClipEmbedding _tokens;

    [StateKey("position_embedding")]
    private readonly ClipEmbedding _positions;

    public ClipTextEmbeddings(ClipTextConfig config, Device device)
        : base(nameof(ClipTextEmbeddings))
    {
        _tokens = new ClipEmbedding(config.VocabularySize, config.HiddenSize, device);
        _positions = new ClipEmbedding(config.MaxPositions, config.HiddenSize, device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor inputIds) // [B, T]
    {
        using var scope = NewDisposeScope();
        var positions = _positions.First(inputIds.shape[1]); // [T, D]
        return (_tokens.call(inputIds) + positions).MoveToOuterDisposeScope(); // [B, T, D]
    }

    /// <summary>OpenAI CLIP: deviation 0.02 for tokens, 0.01 for positions.</summary>
    public void Initialise(RandomStream random)
    {
        _tokens.Initialise(0.02, random.For(0));
        _positions.Initialise(0.01, random.For(1));
    }
}
