using static TorchSharp.torch;

namespace Lumen.Models.Denoising;

/// <summary>
/// Collects named intermediate outputs of a forward pass ("up_blocks.1", "mid_block",
/// "up_blocks.1.attentions.0.transformer_blocks.0.attn1.probs", "...attn1.key") and ends the pass after the last one wanted: nothing behind
/// it is computed.
/// </summary>
/// <param name="wanted">Names to collect; empty collects every output except what attention is made of, which is only computed when
/// named.</param>
/// <param name="stopsEarly">True to end the pass once everything wanted is there.</param>
public sealed class ActivationTap(IReadOnlySet<string> wanted, bool stopsEarly = false)
{
    private readonly Dictionary<string, Tensor> _found = [];

    /// <summary>What was collected so far; the tensors belong to the caller's scope.</summary>
    public IReadOnlyDictionary<string, Tensor> Found => _found;

    /// <summary>True when everything wanted is there and the rest need not be computed.</summary>
    public bool IsDone => stopsEarly && wanted.Count > 0 && _found.Count == wanted.Count;

    /// <summary>True if this very output was asked for by name.</summary>
    public bool Names(string name) => wanted.Contains(name);

    /// <summary>Keeps the output if it is wanted.</summary>
    public void Record(string name, Tensor output)
    {
        if (wanted.Count == 0 || wanted.Contains(name))
            _found[name] = output.alias().DetachFromDisposeScope();
    }
}
