using static TorchSharp.torch;

namespace Lumen.Conditions;

/// <summary>A producer of conditions: the maps that an adapter (a ControlNet) is conditioned on.</summary>
public interface ICondition
{
    /// <summary>What it shows.</summary>
    ConditionKind Kind { get; }

    /// <summary>K, channels of the map.</summary>
    int Channels { get; }

    /// <summary>The condition of one picture.</summary>
    /// <param name="source">The picture, with what else is known of it.</param>
    /// <returns>[K, H, W] at the picture's size, float32 on the processor; the caller disposes it. 0...1 except for layouts, which are
    /// unbounded.</returns>
    /// <exception cref="LumenException">The condition needs something that is not known of this picture.</exception>
    Tensor Map(AnnotatedPicture source);
}
