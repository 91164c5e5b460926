using static TorchSharp.torch;

namespace Lumen.Models.Text;

/// <summary>Everything a CLIP text encoder computes for a batch of token ids.</summary>
/// <param name="HiddenStates">[B, T, D] each: the embeddings, then the output of every layer; none of them normed.</param>
/// <param name="LastHiddenState">[B, T, D], the last hidden state after the final layer norm: what the denoiser attends to.</param>
/// <param name="PenultimateNormed">[B, T, D], the second-last hidden state after the final layer norm ("clip skip" 1).</param>
/// <param name="Pooled">[B, D], the row of <paramref name="LastHiddenState"/> at the first end-of-text token.</param>
public sealed record ClipTextOutput(IReadOnlyList<Tensor> HiddenStates, Tensor LastHiddenState, Tensor PenultimateNormed, Tensor Pooled)
    : IDisposable
{
    /// <summary>Frees every tensor.</summary>
    public void Dispose()
    {
        foreach (var state in HiddenStates)
            state.Dispose();
        LastHiddenState.Dispose();
        PenultimateNormed.Dispose();
        Pooled.Dispose();
    }
}
