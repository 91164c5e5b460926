using System.Numerics;

namespace Lumen.Scenes.Numerics;

/// <summary>
/// xoshiro256** (Blackman and Vigna, 2018), seeded by SplitMix64: a stream that depends on its seed only, on every platform and runtime.
/// </summary>
internal sealed class SceneRandom
{
    private ulong _a,
        _b,
        _c,
        _d;

    public SceneRandom(ulong seed)
    {
        _a = Hash.Mix(seed += Hash.Golden);
        _b = Hash.Mix(seed += Hash.Golden);
        _c = Hash.Mix(seed += Hash.Golden);
        _d = Hash.Mix(seed + Hash.Golden);
    }

    private ulong Next()
    {
        ulong result = BitOperations.RotateLeft(_b * 5, 7) * 9,
            t = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= t;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>Uniform in [0, 1).</summary>
    public float Unit() => (Next() >> 40) * (1f / (1 << 24));

    public float Between(float low, float high) => low + ((high - low) * Unit());

    /// <summary>Uniform in 0...count - 1.</summary>
    public int Below(int count) => (int)(((Next() >> 32) * (ulong)count) >> 32);

    public bool Chance(float probability) => Unit() < probability;

    public float Sign() => Chance(0.5f) ? 1 : -1;

    /// <summary>An index drawn with the given weights, which need not sum to 1.</summary>
    public int Weighted(params ReadOnlySpan<float> weights)
    {
        float sum = 0;
        foreach (float w in weights)
        {
            sum += w;
        }

        float u = Unit() * sum;
        for (int i = 0; i < weights.Length - 1; i++)
        {
            if (u < weights[i])
            {
                return i;
            }

            u -= weights[i];
        }

        return weights.Length - 1;
    }
}
