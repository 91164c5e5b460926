using Lumen.Core.Tensors;
using Lumen.Imaging;
using Lumen.Scenes;
using Lumen.Training.Data;
using static TorchSharp.torch;

namespace Lumen.Research.Studies;

/// <summary>Ways to change the colours of a reference and nothing else.</summary>
public static class Recolouring
{
    private const double Darker = 2; // gamma

    /// <summary>The ways by name.</summary>
    public static IReadOnlyList<string> Names { get; } = ["hue", "dark", "jitter", "palette"];

    /// <summary>What a way does, for people.</summary>
    public static string Title(string name) =>
        name switch
        {
            "hue" => "hue turned by 120 degrees",
            "dark" => "darkened (gamma 2)",
            "jitter" => "colour jitter",
            _ => "a true render, houses in the other colour",
        };

    /// <summary>The same in a word or two, for plots.</summary>
    public static string Short(string name) =>
        name switch
        {
            "hue" => "hue turned",
            "dark" => "darkened",
            "jitter" => "colour jitter",
            _ => "houses recoloured",
        };

    /// <summary>A recoloured picture.</summary>
    /// <param name="name">The way.</param>
    /// <param name="reference">The reference.</param>
    /// <param name="own">Its appearance.</param>
    /// <param name="other">Its appearance with houses of another colour.</param>
    public static Picture Of(string name, StreetReference reference, SceneAppearance own, SceneAppearance other)
    {
        if (name == "palette")
            return reference.In(other);
        var picture = reference.In(own);
        return name switch
        {
            "hue" => new Picture(
                picture.Width,
                picture.Height,
                [.. Enumerable.Range(0, picture.Rgb.Length).Select(i => picture.Rgb[i / 3 * 3 + (i + 1) % 3])]
            ),
            "dark" => new Picture(
                picture.Width,
                picture.Height,
                Array.ConvertAll(picture.Rgb, value => (byte)Math.Round(255 * Math.Pow(value / 255.0, Darker)))
            ),
            "jitter" => Jittered(picture, reference.Index),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "There is no such recolouring."),
        };
    }

    private static Picture Jittered(Picture picture, int index)
    {
        using var scope = NewDisposeScope();
        return PictureTensor.ToPicture(
            new PhotometricJitter
            {
                Haze = 0,
                Noise = 0,
                Gain = 0.5,
            }
                .Apply(PictureTensor.ToTensor(picture), new RandomStream(0x1EA4).For(index))
                .squeeze(0)
        );
    }
}
