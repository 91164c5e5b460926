using static TorchSharp.torch;

namespace Lumen.Core.Tensors;

/// <summary>Shape checks for public entrances: one whole sentence when a tensor does not fit.</summary>
public static class Shape
{
    /// <summary>Throws unless <paramref name="fits"/> accepts the shape.</summary>
    /// <exception cref="ArgumentException">"<paramref name="name"/> must be <paramref name="expected"/> but is [..]."</exception>
    public static void Require(Tensor tensor, string name, string expected, Func<long[], bool> fits)
    {
        if (!fits(tensor.shape))
            throw new ArgumentException($"{name} must be {expected} but is {Text(tensor.shape)}.", name);
    }

    /// <summary>A shape as text: <c>[2, 3, 30, 32]</c>.</summary>
    public static string Text(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}
