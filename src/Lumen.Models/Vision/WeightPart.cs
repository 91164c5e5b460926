using static TorchSharp.torch;

namespace Lumen.Models.Vision;

/// <summary>How a tensor of another naming lies in ours.</summary>
public enum WeightPart
{
    /// <summary>They are the same.</summary>
    Whole,

    /// <summary>Theirs is the first third of ours.</summary>
    Query,

    /// <summary>Theirs is the second third of ours.</summary>
    Key,

    /// <summary>Theirs is the last third of ours.</summary>
    Value,

    /// <summary>Theirs is ours with rows and columns exchanged.</summary>
    Transposed,

    /// <summary>Theirs is ours without axes of length 1.</summary>
    Squeezed,
}

/// <summary>The parts as views.</summary>
internal static class WeightParts
{
    /// <summary>The part of our tensor, without a copy.</summary>
    public static Tensor Of(Tensor ours, WeightPart part) =>
        part switch
        {
            WeightPart.Query => Third(ours, 0),
            WeightPart.Key => Third(ours, 1),
            WeightPart.Value => Third(ours, 2),
            WeightPart.Transposed => ours.t(),
            WeightPart.Squeezed => ours.squeeze(),
            _ => ours.alias(),
        };

    private static Tensor Third(Tensor ours, long index) => ours.narrow(0, index * (ours.shape[0] / 3), ours.shape[0] / 3);
}
