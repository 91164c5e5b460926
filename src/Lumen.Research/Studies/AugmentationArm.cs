using System.Globalization;

namespace Lumen.Research.Studies;

/// <summary>What a network of the study of augmentation is trained on.</summary>
/// <param name="Setting">Which streets are labelled, and which are asked for.</param>
/// <param name="Key">The mixture: one of <see cref="Keys"/>.</param>
/// <param name="Budget">Labelled pictures.</param>
/// <param name="Seed">Seed of the network and of the order of its pictures, from 1.</param>
public sealed record AugmentationArm(string Setting, string Key, int Budget, int Seed)
{
    /// <summary>Labelled pictures alone.</summary>
    public const string Real = "real";

    /// <summary>The labelled pictures, their colours, sharpness and noise changed.</summary>
    public const string Classical = "classical";

    /// <summary>Labelled and generated pictures, half and half.</summary>
    public const string Both = "real-generated";

    /// <summary>The same with the trust filter.</summary>
    public const string Trusted = "real-trusted";

    /// <summary>Generated pictures alone.</summary>
    public const string Generated = "generated";

    /// <summary>Labelled pictures and those generated from their label maps by the baseline.</summary>
    public const string Baseline = "real-label-map";

    private const char Separator = '.';

    /// <summary>All mixtures, in the order of tables.</summary>
    public static IReadOnlyList<string> Keys { get; } = [Real, Classical, Both, Trusted, Generated, Baseline];

    /// <summary>The name of its unit and, with the domain of a test picture, of its rows.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"{Setting}{Separator}{Key}{Separator}{Budget}{Separator}{Seed}");

    /// <summary>The condition of rows on test pictures of a domain.</summary>
    public string RowName(string domain) =>
        string.Create(CultureInfo.InvariantCulture, $"{Setting}{Separator}{Key}{Separator}{Budget}{Separator}{domain}");

    /// <summary>From the name of a unit.</summary>
    public static AugmentationArm Parse(string name) =>
        name.Split(Separator) is [var setting, var key, var budget, var seed]
            ? new AugmentationArm(setting, key, Whole(budget), Whole(seed))
            : throw new ArgumentException($"name must be SETTING.MIXTURE.BUDGET.SEED but is {name}.", nameof(name));

    /// <summary>Setting, mixture, budget and domain of a row.</summary>
    public static (string Setting, string Key, int Budget, string Domain) OfRow(StudyRow row) =>
        row.Condition.Split(Separator) is [var setting, var key, var budget, var domain]
            ? (setting, key, Whole(budget), domain)
            : throw new LumenException(
                $"A row is called {row.Condition}, which is none of this study's. Delete the folder's units and run it again."
            );

    /// <summary>A mixture in words.</summary>
    public static string Title(string key) =>
        key switch
        {
            Real => "real",
            Classical => "real, classical augmentation",
            Both => "real + generated",
            Trusted => "real + generated, trust filter",
            Generated => "generated",
            _ => "real + generated from label maps",
        };

    private static int Whole(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
