using Lumen.Scenes;

namespace Lumen.Tests.Scenes;

/// <summary>A fixed set of scenes for the tests of this folder.</summary>
internal static class SceneSamples
{
    public static readonly TimeOfDay[] Times = Enum.GetValues<TimeOfDay>();
    public static readonly Weather[] Weathers = Enum.GetValues<Weather>();

    public static (SceneLayout Layout, SceneAppearance Appearance) Draw(int index)
    {
        var seeds = SceneSeeds.For(SceneSplit.Test, index, seed: 1);
        return (SceneLayout.FromSeed(seeds.Layout), SceneAppearance.FromSeed(seeds.Appearance));
    }

    public static StreetScene Render(int index, int width = 64, int height = 64)
    {
        var (layout, appearance) = Draw(index);
        return StreetRenderer.Render(layout, appearance, width, height);
    }

    /// <summary>Every time of day with every weather, all else as given.</summary>
    public static IEnumerable<SceneAppearance> EveryLook(SceneAppearance appearance) =>
        from time in Times
        from weather in Weathers
        select appearance with
        {
            Time = time,
            Weather = weather,
        };

    /// <summary>Rec. 601 luma of every pixel, 0...255.</summary>
    public static double[] Luminance(StreetScene scene)
    {
        var values = new double[scene.Width * scene.Height];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (0.299 * scene.Rgb[3 * i]) + (0.587 * scene.Rgb[(3 * i) + 1]) + (0.114 * scene.Rgb[(3 * i) + 2]);
        }

        return values;
    }

    public static double Spread(IReadOnlyCollection<double> values)
    {
        double mean = values.Average();
        return Math.Sqrt(values.Average(v => (v - mean) * (v - mean)));
    }
}
