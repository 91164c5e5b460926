using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Training.Data;

/// <summary>
/// The colour changes of self-distillation (Caron et al. 2021, after Grill et al. 2020), a whole batch at a time: brightness, contrast,
/// saturation and hue, grey, blur, solarisation - and, for some pictures, the haze, gamma and noise of <see cref="PhotometricJitter"/>.
/// Each picture has draws of its own. Needs no labels.
/// </summary>
public sealed record ColourAugmentation
{
    private const double NarrowestBlur = 0.1;
    private const double WidestBlur = 2; // pixels
    private const double SolariseFrom = 0.5;

    private static readonly float[] Luma = [0.299f, 0.587f, 0.114f];
    private static readonly PhotometricJitter World = new();

    /// <summary>Chance that brightness, contrast, saturation and hue change.</summary>
    public double Jitter { get; init; } = 0.8;

    /// <summary>Largest relative change of the brightness.</summary>
    public double Brightness { get; init; } = 0.4;

    /// <summary>Largest relative change of the contrast.</summary>
    public double Contrast { get; init; } = 0.4;

    /// <summary>Largest relative change of the saturation.</summary>
    public double Saturation { get; init; } = 0.2;

    /// <summary>Largest turn of the hue, as a share of the circle.</summary>
    public double Hue { get; init; } = 0.1;

    /// <summary>Chance that a picture turns grey.</summary>
    public double Grey { get; init; } = 0.2;

    /// <summary>Chance that a picture is blurred.</summary>
    public double Blur { get; init; } = 0.5;

    /// <summary>Chance that the brighter half of the values is inverted.</summary>
    public double Solarise { get; init; } = 0.1;

    /// <summary>
    /// Chance that gains, gamma, haze and noise change as <see cref="PhotometricJitter"/> does it: towards other weather and another time
    /// of day.
    /// </summary>
    public double Photometric { get; init; }

    /// <summary>Every chance by the name that recipes use.</summary>
    internal IEnumerable<(string Name, double Value)> Chances =>
        [("jitter", Jitter), ("grey", Grey), ("blur", Blur), ("solarise", Solarise), ("photometric", Photometric)];

    /// <summary>Changes pictures, each by its own draws.</summary>
    /// <param name="images">[B, 3, H, W], -1...1, float32; not disposed.</param>
    /// <param name="random">The stream of this batch; picture i uses <c>random.For(i)</c>.</param>
    /// <returns>[B, 3, H, W], -1...1, float32; the caller disposes it.</returns>
    public Tensor Apply(Tensor images, RandomStream random)
    {
        Shape.Require(images, nameof(images), "[B, 3, H, W]", s => s is [> 0, 3, > 0, > 0]);
        using var scope = NewDisposeScope();
        var draws = new Draws(random, (int)images.shape[0], images.device);
        var value = (Weathered(images, draws, random) + 1) / 2; // [B, 3, H, W], 0...1
        value = (value * draws.Factor(1, Brightness, 0, Jitter)).clamp(0, 1);
        var middle = Luminance(value).mean([2, 3], keepdim: true); // [B, 1, 1, 1]
        value = ((value - middle) * draws.Factor(2, Contrast, 0, Jitter) + middle).clamp(0, 1);
        value = Turned(value, draws).clamp(0, 1);
        value = Blurred(value, draws);
        var inverted = value.ge(SolariseFrom).logical_and(draws.Chosen(8, Solarise));
        return (where(inverted, 1 - value, value) * 2 - 1).MoveToOuterDisposeScope();
    }

    private Tensor Weathered(Tensor images, Draws draws, RandomStream random)
    {
        Tensor Here(long[] places) => tensor(places).to(images.device);

        long[] chosen = [.. Enumerable.Range(0, draws.Count).Where(i => draws.At(i, 9) < Photometric).Select(i => (long)i)];
        return chosen.Length == 0
            ? images
            : images.index_copy(0, Here(chosen), World.Apply(images.index_select(0, Here(chosen)), random.For(-1)));
    }

    // Saturation and hue (or grey, which is no saturation) are one matrix a picture: to luma and two colour differences (YIQ), which are
    // scaled and turned, and back.
    private Tensor Turned(Tensor value, Draws draws)
    {
        var matrices = new float[draws.Count * 9];
        for (var i = 0; i < draws.Count; i++)
        {
            var jitters = draws.At(i, 0) < Jitter;
            var size =
                draws.At(i, 5) < Grey ? 0
                : jitters ? 1 + Saturation * (2 * draws.At(i, 3) - 1)
                : 1;
            var turn = jitters ? 2 * Math.PI * Hue * (2 * draws.At(i, 4) - 1) : 0;
            HueMatrix.Write(matrices.AsSpan(i * 9, 9), size, turn);
        }
        var pixels = value.flatten(2); // [B, 3, H·W]
        return bmm(tensor(matrices, draws.Count, 3, 3).to(value.device), pixels).view(value.shape);
    }

    private Tensor Blurred(Tensor value, Draws draws)
    {
        var (height, width) = ((int)value.shape[2], (int)value.shape[3]);
        double[] sigmas =
        [
            .. Enumerable
                .Range(0, draws.Count)
                .Select(i => draws.At(i, 6) < Blur ? NarrowestBlur + (WidestBlur - NarrowestBlur) * draws.At(i, 7) : 0),
        ];
        if (sigmas.All(sigma => sigma == 0))
            return value;
        var across = bmm(value.reshape(draws.Count, -1, width), Gaussians(sigmas, width).to(value.device)).view(value.shape);
        var down = across.transpose(2, 3).reshape(draws.Count, -1, height);
        return bmm(down, Gaussians(sigmas, height).to(value.device)).view(draws.Count, -1, width, height).transpose(2, 3).contiguous();
    }

    // [B, n, n]: column j holds the weights of the old values for the new value j. What lies beyond the border has no weight.
    private static Tensor Gaussians(double[] sigmas, int size)
    {
        var weights = new float[sigmas.Length * size * size];
        for (var i = 0; i < sigmas.Length; i++)
        {
            var reach = (int)Math.Ceiling(3 * sigmas[i]);
            for (var to = 0; to < size; to++)
            {
                var (first, last) = (Math.Max(0, to - reach), Math.Min(size - 1, to + reach));
                var sum = 0.0;
                for (var from = first; from <= last; from++)
                    sum += Bell(from - to, sigmas[i]);
                for (var from = first; from <= last; from++)
                    weights[(i * size + from) * size + to] = (float)(Bell(from - to, sigmas[i]) / sum);
            }
        }
        return tensor(weights, sigmas.Length, size, size);
    }

    private static double Bell(int distance, double sigma) =>
        sigma == 0
            ? distance == 0
                ? 1
                : 0
            : Math.Exp(-distance * (double)distance / (2 * sigma * sigma));

    // [B, 1, H, W]
    private static Tensor Luminance(Tensor value) => (value * tensor(Luma).view(1, 3, 1, 1).to(value.device)).sum(1, keepdim: true);

    // Draws of each picture: 0 whether it is jittered, 1 to 4 by how much, 5 grey, 6 and 7 blur, 8 solarisation, 9 weather.
    private readonly record struct Draws(RandomStream Random, int Count, Device Device)
    {
        public double At(int picture, int draw) => Random.For(picture).UniformAt(draw);

        // [B, 1, 1, 1]: 1 ± strength where the gate's draw is below the chance, 1 elsewhere.
        public Tensor Factor(int draw, double strength, int gate, double chance)
        {
            var own = this;
            return Column(i => own.At(i, gate) < chance ? 1 + strength * (2 * own.At(i, draw) - 1) : 1);
        }

        // [B, 1, 1, 1] bool.
        public Tensor Chosen(int draw, double chance)
        {
            var own = this;
            return Column(i => own.At(i, draw) < chance ? 1 : 0).gt(0.5);
        }

        private Tensor Column(Func<int, double> value) =>
            tensor(Enumerable.Range(0, Count).Select(i => (float)value(i)).ToArray()).view(Count, 1, 1, 1).to(Device);
    }
}
