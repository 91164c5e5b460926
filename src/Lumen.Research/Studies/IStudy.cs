using System.Globalization;
using Lumen.Imaging;

namespace Lumen.Research.Studies;

/// <summary>
/// A question about the method, and how it is answered. <see cref="StudyRun"/> does the rest: estimate, storing, going on after a stop,
/// files.
/// </summary>
public interface IStudy
{
    /// <summary>The name on the command line.</summary>
    string Name { get; }

    /// <summary>What is asked, in one sentence.</summary>
    string Question { get; }

    /// <summary>Refuses a recipe that this study cannot use, before anything is opened.</summary>
    /// <exception cref="LumenException">It cannot be used; the message says why.</exception>
    void Check(StudyRecipe recipe);

    /// <summary>The units of work.</summary>
    StudyPlan Plan(StudyBench bench);

    /// <summary>Does a unit. The same unit gives the same rows.</summary>
    StudyUnitResult Run(StudyUnit unit, StudyBench bench);

    /// <summary>Tables, plots and sentences from the rows of all units, in the order of the plan.</summary>
    /// <param name="rows">Every row.</param>
    /// <param name="bench">The recipe and what was opened.</param>
    /// <param name="store">The stored sample pictures.</param>
    StudyFindings Conclude(IReadOnlyList<StudyRow> rows, StudyBench bench, StudyStore store);
}

/// <summary>What a study is going to do.</summary>
public sealed record StudyPlan
{
    /// <summary>The units of work in their order.</summary>
    public required IReadOnlyList<StudyUnit> Units { get; init; }

    /// <summary>
    /// What decides the figures of each condition besides the recipe: hashes of weights. Results of other weights are not mixed in.
    /// </summary>
    public required IReadOnlyDictionary<string, string> Identities { get; init; }

    /// <summary>What is left out, with the reason.</summary>
    public IReadOnlyList<string> Skipped { get; init; } = [];

    /// <summary>Bytes that the figures of a picture take on the disk, about.</summary>
    public int BytesPerPicture { get; init; } = 5000;

    /// <summary>Seconds a picture, by a short trial; it is called only if there is work to do.</summary>
    public required Func<double> SecondsPerPicture { get; init; }
}

/// <summary>One unit of work: a condition on a run of references, with all seeds. It is stored when it is done.</summary>
/// <param name="Condition">The condition of the pictures.</param>
/// <param name="First">Number of the first reference.</param>
/// <param name="Count">References.</param>
/// <param name="Pictures">Pictures to make: what the unit costs.</param>
public sealed record StudyUnit(string Condition, int First, int Count, int Pictures)
{
    /// <summary>Its name in the output folder.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"{Condition}-{First:00000}-{Count}");

    /// <summary>Numbers of the references.</summary>
    public IEnumerable<int> References => Enumerable.Range(First, Count);

    /// <summary>A condition on all references, chunk by chunk.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="recipe">How many references, in chunks of how many.</param>
    /// <param name="perReference">Pictures a reference.</param>
    public static IEnumerable<StudyUnit> Of(string condition, StudyRecipe recipe, int perReference) =>
        Enumerable
            .Range(0, recipe.References)
            .Chunk(recipe.Chunk)
            .Select(chunk => new StudyUnit(condition, chunk[0], chunk.Length, chunk.Length * perReference));
}

/// <summary>What a unit of work leaves.</summary>
/// <param name="Rows">What was measured.</param>
/// <param name="Samples">Pictures for the contact sheet, by name.</param>
public sealed record StudyUnitResult(IReadOnlyList<StudyRow> Rows, IReadOnlyDictionary<string, Picture> Samples);

/// <summary>What was measured of one picture, or of one reference: plain numbers under plain names.</summary>
/// <param name="Condition">The condition of the picture.</param>
/// <param name="Reference">Number of the reference.</param>
/// <param name="Seed">Seed of the noise, from 1; 0 for figures of a reference over all its seeds.</param>
/// <param name="Values">Figures by name; a single number, or several that are pooled later (counts, sums, features). A figure that does not
/// exist for a picture is absent.</param>
public sealed record StudyRow(string Condition, int Reference, int Seed, IReadOnlyDictionary<string, double[]> Values)
{
    /// <summary>Whether the figure was measured.</summary>
    public bool Has(string name) => Values.ContainsKey(name);

    /// <summary>A single number.</summary>
    public double this[string name] => Values[name][0];
}

/// <summary>What a study found.</summary>
public sealed record StudyFindings
{
    /// <summary>How it was measured, in sentences.</summary>
    public required IReadOnlyList<string> Setting { get; init; }

    /// <summary>The tables.</summary>
    public required IReadOnlyList<StudyTable> Tables { get; init; }

    /// <summary>Plots and contact sheets.</summary>
    public IReadOnlyList<StudyDrawing> Drawings { get; init; } = [];

    /// <summary>What it means, in one sentence.</summary>
    public required string Meaning { get; init; }

    /// <summary>What the study is held to.</summary>
    public IReadOnlyList<StudyTarget> Targets { get; init; } = [];

    /// <summary>What would change the conclusion.</summary>
    public required IReadOnlyList<string> WouldChange { get; init; }
}

/// <summary>A picture of a report: a plot or a contact sheet.</summary>
/// <param name="Name">Its file's name without the ending.</param>
/// <param name="Caption">What it shows.</param>
/// <param name="Picture">The picture.</param>
public sealed record StudyDrawing(string Name, string Caption, Picture Picture);

/// <summary>Something a study is held to, met or not.</summary>
/// <param name="Statement">What is asked.</param>
/// <param name="Found">What was found, with its interval.</param>
/// <param name="Met">Whether it is met; null where it could not be measured.</param>
public sealed record StudyTarget(string Statement, string Found, bool? Met);
