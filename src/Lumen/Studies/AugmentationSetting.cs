using Lumen.Augmentation;
using Lumen.Scenes;

namespace Lumen.Studies;

/// <summary>A question of the study of augmentation: which streets are labelled, which are asked for, which are tested.</summary>
internal sealed record AugmentationSetting
{
    private static readonly (TimeOfDay Time, Weather Weather)[] Shifted = [(TimeOfDay.Night, Weather.Clear), (TimeOfDay.Day, Weather.Fog), (TimeOfDay.Day, Weather.Snow), (TimeOfDay.Day, Weather.Rain)];

    /// <summary>Labels of streets in every look, tested on such streets.</summary>
    public static AugmentationSetting Same { get; } = new()
    {
        Name = "same",
        Title = "Same domain",
        LabelledLook = look => look,
        Prompts = Matrix([.. from time in Enum.GetValues<TimeOfDay>() from weather in Enum.GetValues<Weather>() select (time, weather)]),
        Tests = [("any", look => look)],
    };

    /// <summary>Labels by day in clear weather only, tested at night, in fog, snow and rain, with prompts that ask for those.</summary>
    public static AugmentationSetting Shift { get; } = new()
    {
        Name = "shift",
        Title = "Domain shift",
        LabelledLook = look => look with { Time = TimeOfDay.Day, Weather = Weather.Clear },
        Prompts = Matrix(Shifted),
        Tests = [.. Shifted.Select(one => (NameOf(one), (Func<SceneAppearance, SceneAppearance>)(look => look with { Time = one.Time, Weather = one.Weather })))],
    };

    /// <summary>Both.</summary>
    public static IReadOnlyList<AugmentationSetting> All { get; } = [Same, Shift];

    /// <summary>Name in files.</summary>
    public required string Name { get; init; }

    /// <summary>Name in reports.</summary>
    public required string Title { get; init; }

    /// <summary>The look of labelled streets, from the one they are drawn with.</summary>
    public required Func<SceneAppearance, SceneAppearance> LabelledLook { get; init; }

    /// <summary>What new pictures look like.</summary>
    public required PromptMatrix Prompts { get; init; }

    /// <summary>Domains of test pictures by name, each with their look.</summary>
    public required IReadOnlyList<(string Name, Func<SceneAppearance, SceneAppearance> Look)> Tests { get; init; }

    private static string NameOf((TimeOfDay Time, Weather Weather) look) => look.Time == TimeOfDay.Night ? "night" : look.Weather.ToString().ToLowerInvariant();

    private static PromptMatrix Matrix(IReadOnlyList<(TimeOfDay Time, Weather Weather)> looks)
    {
        var plain = SceneAppearance.FromSeed(1);
        var domains = looks.Select(look => new PromptEntry($"{look.Time}-{look.Weather}".ToLowerInvariant(), CaptionWriter.Plain(plain with { Time = look.Time, Weather = look.Weather }))).ToArray();
        var styles = Enum.GetValues<BuildingPalette>().Select(palette => new PromptEntry(palette.ToString().ToLowerInvariant(), StreetReference.BuildingsOf(palette))).ToArray();
        return new PromptMatrix(domains, styles) { Template = "{domain} {style}" };
    }
}
