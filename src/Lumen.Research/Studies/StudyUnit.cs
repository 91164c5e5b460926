using System.Globalization;

namespace Lumen.Research.Studies;

/// <summary>One unit of work: a condition on a run of references, with all seeds. It is stored when it is done.</summary>
/// <param name="Condition">What leads the pictures.</param>
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
