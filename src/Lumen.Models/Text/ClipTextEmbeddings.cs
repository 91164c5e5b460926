using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Text;

/// <summary>Token embedding plus learned position embedding (transformers <c>CLIPTextEmbeddings</c>).</summary>
internal sealed class ClipTextEmbeddings : Module<Tensor, Tensor>
{
    [StateKey("token_embedding")] private readonly Embedding _tokens;
    [StateKey("position_embedding")] private readonly Embedding _positions;

    public ClipTextEmbeddings(ClipTextConfig config, Placement placement) : base(nameof(ClipTextEmbeddings))
    {
        _tokens = Blank.Embedding(config.VocabularySize, config.HiddenSize, placement);
        _positions = Blank.Embedding(config.MaxPositions, config.HiddenSize, placement);
        RegisterComponents();
    }

    public override Tensor forward(Tensor inputIds) // [B, T]
    {
        using var scope = NewDisposeScope();
        var positions = _positions.weight!.narrow(0, 0, inputIds.shape[1]); // [T, D]
        return (_tokens.call(inputIds) + positions).MoveToOuterDisposeScope(); // [B, T, D]
    }

    /// <summary>OpenAI CLIP: deviation 0.02 for tokens, 0.01 for positions.</summary>
    public void Initialise(RandomStream random)
    {
        Blank.Fill(_tokens.weight!, 0.02, random.For(0));
        Blank.Fill(_positions.weight!, 0.01, random.For(1));
    }
}
