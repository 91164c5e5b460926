using static TorchSharp.torch;

namespace Lumen.Core.Tensors;

/// <summary>
/// Random numbers as an argument. Every draw is made on the processor in float32 from (seed, item), so a seed means the same noise at every
/// batch size, device and compute type.
/// </summary>
/// <param name="Seed">The stream's seed.</param>
public readonly record struct RandomStream(ulong Seed)
{
    /// <summary>An independent stream for one item (picture, step, sample).</summary>
    public RandomStream For(long item) => new(Mix(Seed ^ Spread(item)));

    /// <summary>
    /// The seed of a stream whose item 0 is item <paramref name="item"/> of this one: with it, one picture of many can be made alone.
    /// </summary>
    public ulong SeedOf(long item) => Seed ^ Spread(item) ^ Spread(0);

    /// <summary>Standard normal noise of this shape, float32 on the processor. The same stream gives the same noise each time.</summary>
    public Tensor Normal(params long[] shape)
    {
        using var generator = Generator();
        return randn(shape, dtype: ScalarType.Float32, device: CPU, generator: generator);
    }

    /// <summary>Uniform numbers in [0, 1), float32 on the processor.</summary>
    public Tensor Uniform(params long[] shape)
    {
        using var generator = Generator();
        return rand(shape, dtype: ScalarType.Float32, device: CPU, generator: generator);
    }

    /// <summary>One number in [0, 1) belonging to <paramref name="draw"/>.</summary>
    public double UniformAt(long draw) => (For(draw).Seed >> 11) * (1.0 / (1UL << 53));

    /// <summary>One integer in [0, <paramref name="count"/>) belonging to <paramref name="draw"/>.</summary>
    public long IndexAt(long draw, long count) => Math.Min((long)(UniformAt(draw) * count), count - 1);

    private Generator Generator() => new(unchecked((ulong)Seed), CPU);

    private static ulong Spread(long item) => Mix(unchecked((ulong)item) + 0x9E3779B97F4A7C15UL);

    // The finaliser of splitmix64 (Steele et al. 2014).
    private static ulong Mix(ulong x)
    {
        x ^= x >> 30;
        x *= 0xBF58476D1CE4E5B9UL;
        x ^= x >> 27;
        x *= 0x94D049BB133111EBUL;
        return x ^ (x >> 31);
    }
}
