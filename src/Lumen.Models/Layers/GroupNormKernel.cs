using System.Runtime.Intrinsics;
using static Lumen.Models.Layers.Avx512Math;

namespace Lumen.Models.Layers;

/// <summary>
/// Group norm (Wu and He 2018) of one bfloat16 map whose channels are innermost, with an added shift a channel before it and, if wanted,
/// SiLU after it: one pass for the moments and one for the result, where separate operators take five. Moments and sums are float32, over
/// channels float64.
/// </summary>
/// <param name="Pixels">H·W.</param>
/// <param name="Channels">C, divisible by 16.</param>
/// <param name="Groups">Groups of channels.</param>
/// <param name="Eps">Added to the variance.</param>
/// <param name="Activated">Whether SiLU follows.</param>
internal readonly unsafe record struct GroupNormKernel(int Pixels, int Channels, int Groups, double Eps, bool Activated)
{
    /// <summary>Sums the map's channels.</summary>
    /// <param name="x">[H·W, C].</param>
    /// <param name="shift">[C] added to every pixel, or null.</param>
    /// <param name="sums">[2, C]: of the values and of their squares, written.</param>
    /// <param name="firstChannel">First channel, divisible by 16.</param>
    /// <param name="end">The channel after the last one, divisible by 16.</param>
    public void Sums(ushort* x, float* shift, float* sums, int firstChannel, int end)
    {
        for (var channel = firstChannel; channel < end; channel += Width)
        {
            var (sum, square) = (Vector512<float>.Zero, Vector512<float>.Zero);
            var added = shift is null ? Vector512<float>.Zero : Vector512.Load(shift + channel);
            var pixel = x + channel;
            for (var i = 0; i < Pixels; i++, pixel += Channels)
            {
                var value = Load(pixel) + added;
                sum += value;
                square = Vector512.FusedMultiplyAdd(value, value, square);
            }
            sum.Store(sums + channel);
            square.Store(sums + Channels + channel);
        }
    }

    /// <summary>The moments of the groups.</summary>
    /// <param name="sums">[2, C] of <see cref="Sums"/>.</param>
    /// <param name="moments">[2, G]: mean and one over the standard deviation, written.</param>
    public void Moments(float* sums, float* moments)
    {
        var width = Channels / Groups;
        for (var group = 0; group < Groups; group++)
        {
            var (sum, square) = (0.0, 0.0);
            for (var channel = group * width; channel < (group + 1) * width; channel++)
                (sum, square) = (sum + sums[channel], square + sums[Channels + channel]);
            var count = (double)Pixels * width;
            var mean = sum / count;
            moments[group] = (float)mean;
            moments[Groups + group] = (float)(1 / Math.Sqrt(Math.Max(0, square / count - mean * mean) + Eps));
        }
    }

    /// <summary>Writes the normalised map.</summary>
    /// <param name="x">[H·W, C].</param>
    /// <param name="shift">[C], or null.</param>
    /// <param name="moments">[2, G] of <see cref="Moments"/>.</param>
    /// <param name="affine">[2, C]: weight and bias.</param>
    /// <param name="y">[H·W, C].</param>
    /// <param name="pixels">The first pixel to write, and the one after the last.</param>
    public void Forward(ushort* x, float* shift, float* moments, float* affine, ushort* y, (int First, int End) pixels)
    {
        float* scale = stackalloc float[Channels],
            offset = stackalloc float[Channels];
        Line(shift, moments, affine, scale, offset);
        x += (long)pixels.First * Channels;
        y += (long)pixels.First * Channels;
        for (var i = pixels.First; i < pixels.End; i++, x += Channels, y += Channels)
        {
            for (var channel = 0; channel < Channels; channel += Width)
            {
                var value = Vector512.FusedMultiplyAdd(
                    Load(x + channel),
                    Vector512.Load(scale + channel),
                    Vector512.Load(offset + channel)
                );
                Store(Activated ? value * Sigmoid(value) : value, y + channel);
            }
        }
    }

    /// <summary>Gradients of the map, of weight and bias, and of the shift.</summary>
    /// <param name="x">[H·W, C].</param>
    /// <param name="shift">[C], or null.</param>
    /// <param name="moments">[2, G].</param>
    /// <param name="affine">[2, C].</param>
    /// <param name="gradient">[H·W, C] of the result.</param>
    /// <param name="work">[H·W, C] for the gradient before the activation; may be null without one.</param>
    /// <param name="input">[H·W, C]: gradient of the map, written.</param>
    /// <param name="parameters">[2, C]: gradients of weight and bias, added to.</param>
    /// <param name="shifted">[C]: gradient of the shift, written; or null.</param>
    public void Backward(
        ushort* x,
        float* shift,
        float* moments,
        float* affine,
        ushort* gradient,
        float* work,
        ushort* input,
        float* parameters,
        float* shifted
    )
    {
        float* scale = stackalloc float[Channels],
            offset = stackalloc float[Channels],
            sums = stackalloc float[2 * Channels];
        Line(shift, moments, affine, scale, offset);
        // Sums over pixels of dy and dy * x, where dy is the gradient before the activation and x has no shift yet.
        for (var channel = 0; channel < Channels; channel += Width)
        {
            var (a, b) = (Vector512.Load(scale + channel), Vector512.Load(offset + channel));
            var (sum, product) = (Vector512<float>.Zero, Vector512<float>.Zero);
            for (var i = 0L; i < Pixels; i++)
            {
                var at = i * Channels + channel;
                var value = Load(x + at);
                var slope = Load(gradient + at);
                if (Activated)
                {
                    var normed = Vector512.FusedMultiplyAdd(value, a, b);
                    var gate = Sigmoid(normed);
                    slope *= Vector512.FusedMultiplyAdd(normed * gate, Vector512<float>.One - gate, gate);
                    slope.Store(work + at);
                }
                sum += slope;
                product = Vector512.FusedMultiplyAdd(slope, value, product);
            }
            sum.Store(sums + channel);
            product.Store(sums + Channels + channel);
        }
        float* linear = stackalloc float[Channels],
            constant = stackalloc float[Channels];
        var width = Channels / Groups;
        for (var group = 0; group < Groups; group++)
        {
            var (mean, inverse, first, second) = ((double)moments[group], (double)moments[Groups + group], 0.0, 0.0);
            for (var channel = group * width; channel < (group + 1) * width; channel++)
            {
                double weight = affine[channel],
                    sum = sums[channel];
                var product = sums[Channels + channel] + (shift is null ? 0 : shift[channel] * sum); // over x with its shift
                var centred = (product - mean * sum) * inverse; // sum of dy * normalised x
                parameters[channel] += (float)centred;
                parameters[Channels + channel] += (float)sum;
                first += weight * sum;
                second += weight * centred;
            }
            var count = (double)Pixels * width;
            // dx = weight * inverse * dy - inverse / n * (sum of dy' + normalised x * sum of dy' * normalised x)
            for (var channel = group * width; channel < (group + 1) * width; channel++)
            {
                linear[channel] = (float)(-inverse * inverse * second / count);
                constant[channel] = (float)(-inverse * first / count - linear[channel] * (mean - (shift is null ? 0 : shift[channel])));
            }
        }
        for (var channel = 0; channel < Channels; channel += Width)
        {
            var (a, b, c) = (Vector512.Load(scale + channel), Vector512.Load(linear + channel), Vector512.Load(constant + channel));
            var total = Vector512<float>.Zero;
            for (var i = 0L; i < Pixels; i++)
            {
                var at = i * Channels + channel;
                var slope = Activated ? Vector512.Load(work + at) : Load(gradient + at);
                var value = Vector512.FusedMultiplyAdd(slope, a, Vector512.FusedMultiplyAdd(Load(x + at), b, c));
                total += value;
                Store(value, input + at);
            }
            if (shifted is not null)
                total.Store(shifted + channel);
        }
    }

    // Result = x * scale + offset, channel by channel: moments, weight, bias and shift in one.
    private void Line(float* shift, float* moments, float* affine, float* scale, float* offset)
    {
        var width = Channels / Groups;
        for (var channel = 0; channel < Channels; channel++)
        {
            scale[channel] = affine[channel] * moments[Groups + channel / width];
            offset[channel] =
                affine[Channels + channel] + ((shift is null ? 0 : shift[channel]) - moments[channel / width]) * scale[channel];
        }
    }
}
