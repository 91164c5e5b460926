using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Models.Text;

/// <summary>
/// The CLIP text encoder (transformers <c>CLIPTextModel</c>; Radford et al. 2021) with the original state-dict names. Weights are zeros
/// until a checkpoint is loaded or <see cref="Initialise"/> is called; every parameter is a plain leaf, so the model can be trained.
/// <para>Weights and arithmetic are float32 at every placement and only the results have its type: rounding the weights of a text encoder
/// to bfloat16 alone costs fifty times the float32 tolerance, and one prompt is a thousandth of the work of one picture.</para>
/// </summary>
public sealed class ClipTextModel : Module<Tensor, Tensor>
{
    [StateKey("text_model")]
    private readonly ClipTextTransformer _transformer;

    /// <summary>Builds the network with blank weights.</summary>
    public ClipTextModel(ClipTextConfig config, Placement placement)
        : base(nameof(ClipTextModel))
    {
        Config = config;
        Placement = placement;
        _transformer = new ClipTextTransformer(config, placement.Device);
        RegisterComponents();
        foreach (var parameter in parameters())
            parameter.DetachFromDisposeScope();
    }

    /// <summary>The published configuration.</summary>
    public ClipTextConfig Config { get; }

    /// <summary>Where the weights live, and the type of the results.</summary>
    public Placement Placement { get; }

    /// <summary>True for the constant buffer that transformers before 4.31 stored beside the weights: to be ignored when loading.</summary>
    /// <param name="name">A name in the checkpoint.</param>
    public static bool IsConstant(string name) => name == "text_model.embeddings.position_ids";

    /// <summary>Encodes token ids.</summary>
    /// <param name="inputIds">[B, T] with T from 1 to <see cref="ClipTextConfig.MaxPositions"/>, int64 in
    /// 0...<see cref="ClipTextConfig.VocabularySize"/> - 1.</param>
    /// <returns>The last hidden state after the final norm, [B, T, D].</returns>
    /// <exception cref="ArgumentException">The ids have another shape or type.</exception>
    public override Tensor forward(Tensor inputIds)
    {
        Check(inputIds);
        using var scope = NewDisposeScope();
        return Result(_transformer.call(inputIds.to(Placement.Device)));
    }

    /// <summary>Encodes token ids and keeps every intermediate state.</summary>
    /// <param name="inputIds">[B, T] as for <see cref="forward"/>.</param>
    /// <exception cref="ArgumentException">The ids have another shape or type.</exception>
    public ClipTextOutput Encode(Tensor inputIds)
    {
        Check(inputIds);
        using var scope = NewDisposeScope();
        inputIds = inputIds.to(Placement.Device);
        var states = _transformer.HiddenStates(inputIds);
        var last = _transformer.Norm(states[^1]);
        var rows = arange(inputIds.shape[0], ScalarType.Int64, inputIds.device);
        return new ClipTextOutput(
            [.. states.Select(Result)],
            Result(last),
            Result(_transformer.Norm(states[^2])),
            Result(last[rows, EndOfText(inputIds)])
        );
    }

    /// <summary>Draws fresh weights at OpenAI CLIP's scales; the same stream gives the same weights.</summary>
    public void Initialise(RandomStream random) => _transformer.Initialise(Config, random);

    private Tensor Result(Tensor computed) => computed.to(Placement.Compute).MoveToOuterDisposeScope();

    // [B]: the first row with the end-of-text id. Argmax returns the first of equal values; a row without that id pools its first token, as
    // upstream does.
    private Tensor EndOfText(Tensor inputIds) =>
        Config.EndOfTextId == ClipTextConfig.LegacyEndOfTextId
            ? inputIds.argmax(1)
            : inputIds.eq(Config.EndOfTextId).to(ScalarType.Int32).argmax(1);

    private void Check(Tensor inputIds)
    {
        Shape.Require(
            inputIds,
            "inputIds",
            $"[B, T] with T from 1 to {Config.MaxPositions}",
            s => s is [_, var length] && length >= 1 && length <= Config.MaxPositions
        );
        if (inputIds.dtype != ScalarType.Int64)
            throw new ArgumentException($"inputIds must be int64 but is {inputIds.dtype}.", nameof(inputIds));
    }
}
