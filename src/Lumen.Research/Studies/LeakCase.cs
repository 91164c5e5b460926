using Lumen.Core.Tensors;
using Lumen.Imaging;
using Lumen.Scenes;

namespace Lumen.Research.Studies;

/// <summary>
/// A reference of the leak study: by day in clear weather, where colours are seen best, and the colour of houses that the prompt asks for
/// instead of its own.
/// </summary>
internal sealed class LeakCase
{
    public LeakCase(StreetReference reference)
    {
        Reference = reference;
        Own = reference.Scene.Appearance with { Time = TimeOfDay.Day, Weather = Weather.Clear };
        Other = Own with { Palette = reference.Wanted.Palette };
        (Picture, Asked) = (reference.In(Own), reference.In(Other));
        Recoloured = [.. Recolouring.Names.Select(name => Recolouring.Of(name, reference, Own, Other))];
    }

    public StreetReference Reference { get; }

    public SceneAppearance Own { get; }

    public SceneAppearance Other { get; }

    /// <summary>The reference.</summary>
    public Picture Picture { get; }

    /// <summary>A real render as the prompt asks.</summary>
    public Picture Asked { get; }

    public IReadOnlyList<Picture> Recoloured { get; }

    /// <summary>A real render as the prompt asks, with other light, paints and texture.</summary>
    public Picture RealVariant(int seed) =>
        Reference.In(
            SceneAppearance.FromSeed(new RandomStream((ulong)seed).For(Reference.Index).Seed, Own.Detail) with
            {
                Time = Own.Time,
                Weather = Own.Weather,
                Palette = Other.Palette,
            }
        );

    /// <summary>Mean colour where the reference has houses; null if they cover less than a share of the picture.</summary>
    public (double Red, double Green, double Blue)? Houses(Picture picture, double least)
    {
        var (red, green, blue, count) = (0.0, 0.0, 0.0, 0);
        var labels = Reference.Scene.Labels;
        for (var pixel = 0; pixel < labels.Length; pixel++)
        {
            if (labels[pixel] != (byte)SceneClass.Building)
                continue;
            (red, green, blue, count) = (
                red + picture.Rgb[3 * pixel],
                green + picture.Rgb[3 * pixel + 1],
                blue + picture.Rgb[3 * pixel + 2],
                count + 1
            );
        }
        return count < least * labels.Length ? null : (red / count, green / count, blue / count);
    }
}
