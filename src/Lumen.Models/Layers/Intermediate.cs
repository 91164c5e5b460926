using static TorchSharp.torch;

namespace Lumen.Models.Layers;

/// <summary>
/// Chains of operations whose intermediate maps are let go one by one, not at the end of their scope: with the large maps of an autoencoder
/// that is most of the memory. What a gradient needs stays with autograd.
/// </summary>
internal static class Intermediate
{
    /// <summary>The result of the next operation; this map is disposed.</summary>
    public static Tensor Then(this Tensor map, Func<Tensor, Tensor> next)
    {
        var result = next(map);
        map.Dispose();
        return result;
    }

    /// <summary>Runs layers one after the other. The input stays the caller's.</summary>
    public static Tensor Chain(Tensor input, IEnumerable<Func<Tensor, Tensor>> layers)
    {
        var map = input.alias();
        foreach (var layer in layers)
            map = map.Then(layer);
        return map;
    }
}
