using System.Numerics;
using System.Runtime.InteropServices;

namespace Lumen.Training;

/// <summary>One pass over a parameter: AdamW (Loshchilov and Hutter 2019, algorithm 2) and the moving average, in float32.</summary>
/// <param name="Rate">Learning rate of this step.</param>
/// <param name="Options">Decays and epsilon.</param>
/// <param name="Step">Steps done before this one.</param>
/// <param name="GradientScale">Factor of the gradient: below 1 where it is clipped.</param>
internal readonly record struct AdamKernel(double Rate, OptimizerOptions Options, long Step, double GradientScale)
{
    /// <summary>Factor of the first moment: the rate, without the moment's bias towards zero.</summary>
    public double Size => Rate / (1 - Math.Pow(Options.AdamBeta1, Step + 1));

    /// <summary>Factor of the second moment's root, which takes its bias away.</summary>
    public double Correction => 1 / Math.Sqrt(1 - Math.Pow(Options.AdamBeta2, Step + 1));

    /// <summary>What the decay leaves of a weight.</summary>
    public double Keep => 1 - Rate * Options.AdamWeightDecay;

    /// <summary>Share of the new weight in the moving average.</summary>
    public double Blend => 1 - Math.Min(Options.EmaDecay, (1.0 + Step) / (10.0 + Step));

    /// <summary>Updates every span in place; all have the same length, but the average may be empty: then none is kept.</summary>
    public void Update(Span<float> weight, ReadOnlySpan<float> gradient, Span<float> first, Span<float> second, Span<float> average)
    {
        var (beta1, beta2) = ((float)Options.AdamBeta1, (float)Options.AdamBeta2);
        var (size, correction, keep, blend) = ((float)Size, (float)Correction, (float)Keep, (float)Blend);
        var epsilon = (float)Options.AdamEpsilon;
        var scale = (float)GradientScale;

        var width = Vector<float>.Count;
        var whole = weight.Length - weight.Length % width;
        var weights = MemoryMarshal.Cast<float, Vector<float>>(weight);
        var gradients = MemoryMarshal.Cast<float, Vector<float>>(gradient);
        var firsts = MemoryMarshal.Cast<float, Vector<float>>(first);
        var seconds = MemoryMarshal.Cast<float, Vector<float>>(second);
        var averages = MemoryMarshal.Cast<float, Vector<float>>(average);
        var epsilons = new Vector<float>(epsilon);
        for (var i = 0; i < whole / width; i++)
        {
            var g = gradients[i] * scale;
            var m = firsts[i] * beta1 + g * (1 - beta1);
            var v = seconds[i] * beta2 + g * g * (1 - beta2);
            var w = weights[i] * keep - m * size / (Vector.SquareRoot(v) * correction + epsilons);
            (firsts[i], seconds[i], weights[i]) = (m, v, w);
            if (averages.Length > 0)
                averages[i] += (w - averages[i]) * blend;
        }
        for (var i = whole; i < weight.Length; i++)
        {
            var g = gradient[i] * scale;
            first[i] = first[i] * beta1 + g * (1 - beta1);
            second[i] = second[i] * beta2 + g * g * (1 - beta2);
            weight[i] = weight[i] * keep - first[i] * size / (MathF.Sqrt(second[i]) * correction + epsilon);
            if (average.Length > 0)
                average[i] += (weight[i] - average[i]) * blend;
        }
    }

    /// <summary>Adds values to a sum.</summary>
    public static void Add(ReadOnlySpan<float> values, Span<float> sum)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        var sums = MemoryMarshal.Cast<float, Vector<float>>(sum[..values.Length]);
        for (var i = 0; i < vectors.Length; i++)
            sums[i] += vectors[i];
        for (var i = vectors.Length * Vector<float>.Count; i < values.Length; i++)
            sum[i] += values[i];
    }

    /// <summary>Sum of squares, in blocks so that long sums lose no digits.</summary>
    /// <param name="values">The next values; parts of a longer row but the last have whole blocks of 4096.</param>
    /// <param name="sum">The sum of what came before.</param>
    public static double SumOfSquares(ReadOnlySpan<float> values, double sum = 0)
    {
        const int Block = 4096;
        for (; values.Length >= Block; values = values[Block..])
        {
            var squares = Vector<float>.Zero;
            foreach (var v in MemoryMarshal.Cast<float, Vector<float>>(values[..Block]))
                squares += v * v;
            sum += Vector.Sum(squares);
        }
        foreach (var value in values)
            sum += value * (double)value;
        return sum;
    }
}
