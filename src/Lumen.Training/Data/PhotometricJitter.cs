using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Training.Data;

/// <summary>
/// Changes how pictures look but not what stands where: channel gains, gamma, brightness, haze towards a colour, noise. An adapter that
/// sees layouts of such pictures learns that appearance in a layout means nothing (docs/method.md). Needs no labels.
/// </summary>
public sealed record PhotometricJitter
{
    /// <summary>
    /// Twice the usual changes: for the fit of a basis with an appearance penalty, which is to see what colours and light can do.
    /// </summary>
    public static PhotometricJitter Strong { get; } =
        new()
        {
            Gain = 0.5,
            Gamma = 1,
            Brightness = 0.24,
            Haze = 0.8,
            Noise = 0.04,
        };

    /// <summary>Largest channel gain, as a logarithm: each channel is multiplied by exp(±this).</summary>
    public double Gain { get; init; } = 0.25;

    /// <summary>Largest gamma, as a logarithm.</summary>
    public double Gamma { get; init; } = 0.5;

    /// <summary>Largest shift of all values, as a share of the range.</summary>
    public double Brightness { get; init; } = 0.12;

    /// <summary>Largest share of haze of a random colour, 0...1.</summary>
    public double Haze { get; init; } = 0.4;

    /// <summary>Largest standard deviation of the noise, as a share of the range.</summary>
    public double Noise { get; init; } = 0.04;

    /// <summary>Jitters pictures, each by its own draw.</summary>
    /// <param name="images">[B, 3, H, W], -1...1, float32; not disposed.</param>
    /// <param name="random">The stream of this batch; picture i uses <c>random.For(i)</c>.</param>
    /// <returns>[B, 3, H, W], -1...1, float32; the caller disposes it.</returns>
    public Tensor Apply(Tensor images, RandomStream random)
    {
        Shape.Require(images, nameof(images), "[B, 3, H, W]", s => s is [> 0, 3, _, _]);
        using var scope = NewDisposeScope();
        return stack(Enumerable.Range(0, (int)images.shape[0]).Select(i => One(images[i], random.For(i)))).MoveToOuterDisposeScope();
    }

    // image: [3, H, W]
    private Tensor One(Tensor image, RandomStream random)
    {
        var gains = Colour(channel => Math.Exp(Gain * Signed(channel)));
        var haze = Colour(channel => random.UniformAt(3 + channel));
        var share = Haze * random.UniformAt(6);
        var value = (image + 1) / 2 * gains + Brightness * Signed(7);
        value = value.clamp(0, 1).pow(Math.Exp(Gamma * Signed(8)));
        value = value * (1 - share) + haze * share + random.For(-1).Normal(image.shape).to(image.device) * (Noise * random.UniformAt(9));
        return value.clamp(0, 1) * 2 - 1;

        double Signed(int draw) => 2 * random.UniformAt(draw) - 1;

        Tensor Colour(Func<int, double> value) =>
            tensor([(float)value(0), (float)value(1), (float)value(2)]).view(3, 1, 1).to(image.device);
    }
}
