namespace Lumen.Testing.Parity;

/// <summary>How to run cases of one kind. What a case is shows in its fields, inputs and files, never in the name of its folder.</summary>
public abstract class CaseKind
{
    /// <summary>Whether the numbers depend on the type that networks compute in.</summary>
    public virtual bool ComputesPlaced => true;

    /// <summary>True if this kind can compute at least some of the outputs.</summary>
    public abstract bool Fits(ReferenceCase reference);

    /// <summary>Computes and compares.</summary>
    public abstract void Run(CaseRun run);
}
