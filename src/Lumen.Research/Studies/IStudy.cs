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
