namespace Lumen.Scenes.Captions;

/// <summary>The words of captions. All lower case.</summary>
internal static class Phrases
{
    public static ReadOnlySpan<string> When(TimeOfDay time) =>
        time switch
        {
            TimeOfDay.Day => (string[])["by day", "in daylight", "at noon", "during the day"],
            TimeOfDay.Sunset => (string[])["at sunset", "at dusk", "in the evening"],
            _ => (string[])["at night", "after dark", "by night"],
        };

    /// <summary>Before a noun: "a night scene".</summary>
    public static ReadOnlySpan<string> WhenAdjective(TimeOfDay time) =>
        time switch
        {
            TimeOfDay.Day => (string[])["day", "daytime"],
            TimeOfDay.Sunset => (string[])["sunset", "evening"],
            _ => (string[])["night"],
        };

    /// <summary>On its own between commas.</summary>
    public static ReadOnlySpan<string> WhenAlone(TimeOfDay time) =>
        time switch
        {
            TimeOfDay.Day => (string[])["day", "daylight", "noon"],
            TimeOfDay.Sunset => (string[])["sunset", "dusk", "evening"],
            _ => (string[])["night", "dark"],
        };

    public static ReadOnlySpan<string> Air(Weather weather) =>
        weather switch
        {
            Weather.Clear => (string[])["in clear weather", "under a clear sky"],
            Weather.Fog => (string[])["in fog", "in mist", "in thick fog"],
            Weather.Snow => (string[])["in snow", "in winter", "covered in snow"],
            _ => (string[])["in rain", "in the rain", "in rainy weather"],
        };

    /// <summary>Before a noun: "a foggy street".</summary>
    public static ReadOnlySpan<string> AirAdjective(Weather weather) =>
        weather switch
        {
            Weather.Clear => (string[])["clear"],
            Weather.Fog => (string[])["foggy", "misty"],
            Weather.Snow => (string[])["snowy", "wintry"],
            _ => (string[])["rainy", "wet"],
        };

    /// <summary>On its own between commas.</summary>
    public static ReadOnlySpan<string> AirAlone(Weather weather) =>
        weather switch
        {
            Weather.Clear => (string[])["clear sky", "clear weather", "clear"],
            Weather.Fog => (string[])["fog", "mist"],
            Weather.Snow => (string[])["snow", "winter"],
            _ => (string[])["rain", "wet road"],
        };

    /// <summary>What the weather leaves on the ground; empty where it leaves nothing.</summary>
    public static ReadOnlySpan<string> Ground(Weather weather) =>
        weather switch
        {
            Weather.Snow => (string[])["a white road", "a snow covered road", "snow on the road"],
            Weather.Rain => (string[])["a wet road", "puddles", "puddles on the road", "reflections on the road"],
            _ => [],
        };

    public static ReadOnlySpan<string> Sky(SceneAppearance appearance) =>
        (appearance.Weather, appearance.Time) switch
        {
            (Weather.Clear, TimeOfDay.Day) => appearance.CloudCover > 0.15f
                ? (string[])["a blue sky and clouds", "clouds"]
                : (string[])["a blue sky", "a cloudless sky"],
            (Weather.Clear, TimeOfDay.Sunset) => (string[])["an orange sky", "a glowing sky"],
            (Weather.Clear, _) => (string[])["stars", "a starry sky"],
            (Weather.Fog, _) => (string[])["a hazy sky", "haze"],
            (_, TimeOfDay.Day) => (string[])["a grey sky", "an overcast sky"],
            (_, TimeOfDay.Sunset) => (string[])["a dim orange sky", "an overcast sky"],
            _ => (string[])["a black sky", "an overcast sky"],
        };

    public static ReadOnlySpan<string> Walls(BuildingPalette palette) =>
        palette switch
        {
            BuildingPalette.RedBrick => (string[])["red brick buildings", "red brick houses", "brick buildings", "red brick buildings"],
            BuildingPalette.Yellow => (string[])["yellow buildings", "yellow houses", "sand coloured buildings"],
            BuildingPalette.Grey => (string[])["grey buildings", "grey houses", "concrete buildings"],
            BuildingPalette.Blue => (string[])["blue buildings", "blue houses"],
            BuildingPalette.White => (string[])["white buildings", "white houses"],
            _ => (string[])["green buildings", "green houses"],
        };

    public static string Paint(CarPaint paint) =>
        paint switch
        {
            CarPaint.Red => "red",
            CarPaint.Blue => "blue",
            CarPaint.White => "white",
            CarPaint.Black => "black",
            CarPaint.Yellow => "yellow",
            _ => "green",
        };

    public static string Number(int count) =>
        count switch
        {
            2 => "two",
            3 => "three",
            _ => "four",
        };
}
